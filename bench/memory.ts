/**
 * Whether memory stays level when messages come and go at full speed for long, what stays with a value that is kept, and what of a burst.
 *
 *   npm run setup && bash scripts/setup.sh --bench
 *   node build/bench/bench/memory.js [SECONDS] [--peer default|tuned] [--only TEXT] [--json FILE]
 *
 * Each workload runs for so many seconds (default: 60), one after another, in a process of its own, against one Erlang node. Every
 * second its memory is read. It takes eight times as long, ten seconds more for each, and a minute. Exits with 1 when something is not level.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Modules } from '../test/helpers/compile.ts';
import { describeCommit, describeMachine } from './machine.ts';
import type { Facts, Outcome } from './memory/facts.ts';
import { bursts, keptValues, VALUES_SOURCE } from './memory/kept.ts';
import { course, KINDS } from './memory/verdict.ts';
import { Peer } from './peer.ts';

const PROGRAM = fileURLToPath(new URL('memory/traffic.js', import.meta.url));
const PEER_SOURCE = fileURLToPath(new URL('../../../bench/erlang/hidden_node_peer.erl', import.meta.url));

type Workload = Pick<Facts, 'direction' | 'bytes' | 'consumer'>;

const WORKLOADS: Record<string, Workload> = {
  'in, small, onMessage': { direction: 'in', bytes: 11, consumer: 'onMessage' },
  'in, small, for await': { direction: 'in', bytes: 11, consumer: 'for await' },
  'in, small, receive': { direction: 'in', bytes: 11, consumer: 'receive' },
  'in, 1 KiB, onMessage': { direction: 'in', bytes: 1024, consumer: 'onMessage' },
  'in, 64 KiB, onMessage': { direction: 'in', bytes: 65_536, consumer: 'onMessage' },
  'out, small': { direction: 'out', bytes: 11, consumer: undefined },
  'out, 1 KiB': { direction: 'out', bytes: 1024, consumer: undefined },
  'out, 64 KiB': { direction: 'out', bytes: 65_536, consumer: undefined },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    peer: { type: 'string', default: 'tuned' },
    only: { type: 'string', default: '' },
    json: { type: 'string' },
  },
});
const seconds = Number(positionals[0] ?? 60);
if (!(seconds >= 4)) throw new Error('the seconds are a number from 4');

async function measure(peer: Peer, workload: Workload, number: number): Promise<Outcome> {
  const facts: Facts = {
    ...workload,
    name: `memory${number}@127.0.0.1`,
    peer: peer.name,
    cookie: peer.cookie,
    seconds,
    tuned: values.peer === 'tuned',
  };
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(facts)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: peer.environment,
  });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the program ended with ${code}`);
  return JSON.parse(printed) as Outcome;
}

const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1).padStart(8);

/** Prints one workload. False: something is not level. */
function report(name: string, { messages, elapsed, before, samples, after }: Outcome): boolean {
  console.log(`\n${name}: ${Math.round(messages / elapsed)} k messages/s for ${(elapsed / 1000).toFixed(0)} s`);
  console.log('MiB              before   first half   last half    most   at rest   verdict');
  return KINDS.map((kind) => {
    const { first, last, most, limit, level } = course(
      samples.map((sample) => sample[kind]),
      kind,
    );
    const figures = [before[kind], first, last, most, after[kind]].map(mebibytes).join('   ');
    console.log(`${kind.padEnd(13)} ${figures}   ${level ? 'level' : `grows: above ${mebibytes(limit).trim()}`}`);
    return level;
  }).every((level) => level);
}

const modules = await Modules.compile(PEER_SOURCE, VALUES_SOURCE);
const peer = await Peer.start(modules.folder);
const outcomes: Record<string, Outcome> = {};
let level = true;
try {
  for (const [name, workload] of Object.entries(WORKLOADS)) {
    if (!name.includes(values.only)) continue;
    outcomes[name] = await measure(peer, workload, Object.keys(outcomes).length);
    level = report(name, outcomes[name]) && level;
  }
  const others = values.only === '' ? { kept: await keptValues(peer), bursts: await bursts(peer) } : {};
  if (values.json !== undefined) {
    const machine = describeMachine(await peer.release());
    const facts = { date: new Date().toISOString(), commit: describeCommit(), machine, seconds, peer: values.peer };
    writeFileSync(values.json, `${JSON.stringify({ ...facts, outcomes, ...others }, undefined, 1)}\n`);
  }
} finally {
  await peer.stop();
  await modules.remove();
}
console.log(level ? '\nEverything is level.' : '\nNot everything is level.');
process.exitCode = level ? 0 : 1;
