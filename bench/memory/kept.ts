/** What a program keeps when it keeps little, by the programs that the tests use as well. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Peer } from '../peer.ts';
import type { Memory } from './verdict.ts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

/** The Erlang side: it has to be on the peer. */
export const VALUES_SOURCE = join(ROOT, 'test/hazard/erlang/values.erl');

/** What each value has left in memory, in bytes. */
export type Costs = Record<string, { heap: number; external: number; arrayBuffers: number }>;

/** Memory before a burst, at its height and after it, in bytes. */
export type Bursts = Record<string, { before: Memory; height: Memory; after: Memory }>;

/** Binaries by their size, and other values: how many come, and of how many one is kept. */
const SMALL = { count: 200_000, every: 1_000 };
const KINDS = {
  10: SMALL,
  64: SMALL,
  65: SMALL,
  100: SMALL,
  350: SMALL,
  600: SMALL,
  700: { count: 100_000, every: 1_000 },
  1024: { count: 100_000, every: 1_000 },
  4096: { count: 50_000, every: 1_000 },
  8191: { count: 50_000, every: 1_000 },
  10000: { count: 20_000, every: 200 },
  beside_large: { count: 200, every: 2 },
  among_many: { count: 1_000, every: 5 },
  bitstring: SMALL,
  pid: SMALL,
  reference: SMALL,
  function: SMALL,
  integer: SMALL,
  charlist: SMALL,
  atom: SMALL,
};

async function run(program: string, peer: Peer, facts: object): Promise<unknown> {
  const { ERL_EPMD_PORT } = peer.environment;
  const all = { beam: peer.name, cookie: peer.cookie, epmdPort: Number(ERL_EPMD_PORT), ...facts };
  const path = join(ROOT, 'test/hazard/programs', program);
  const child = spawn(process.execPath, ['--expose-gc', path, JSON.stringify(all)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ended with ${code}`);
  return JSON.parse(printed);
}

/** Takes some 20 seconds. */
export async function keptValues(peer: Peer): Promise<Costs> {
  const costs = (await run('values.mjs', peer, { kinds: KINDS })) as Costs;
  console.log('\nWhat one value leaves in memory that is kept of a thousand, or of some in large messages; bytes');
  console.log('value            heap   array buffers');
  for (const [kind, { heap, arrayBuffers }] of Object.entries(costs)) {
    const name = Number.isNaN(Number(kind)) ? kind : `${kind} bytes`;
    console.log(`${name.padEnd(14)} ${String(heap).padStart(6)}   ${String(arrayBuffers).padStart(13)}`);
  }
  return costs;
}

/** Takes some 15 seconds. */
export async function bursts(peer: Peer): Promise<Bursts> {
  const found = (await run('idle.mjs', peer, { margin: 2 ** 19 })) as Bursts;
  console.log('\nBursts: heap, array buffers and rss in MiB');
  const show = ({ heapUsed, arrayBuffers, rss }: Memory): string =>
    [heapUsed, arrayBuffers, rss].map((bytes) => (bytes / 2 ** 20).toFixed(1).padStart(6)).join(' ');
  console.log(`${''.padEnd(30)} before                 height                 after`);
  for (const [name, { before, height, after }] of Object.entries(found)) {
    console.log(`${name.padEnd(30)} ${[before, height, after].map(show).join('   ')}`);
  }
  return found;
}
