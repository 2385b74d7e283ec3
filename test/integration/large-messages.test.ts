/** Messages of 100 MB, both ways: they arrive as they were sent, and how long they hold up the event loop. */
import { createHash, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { atom, type HiddenNode, registered, type Term, tuple } from '../../lib/index.ts';
import { useCluster } from '../helpers/cluster.ts';
import { load } from '../helpers/load.ts';
import { type Blocks, longestBlock } from '../helpers/longest-block.ts';

const MEGABYTE = 1_000_000;
const BINARY = 100 * MEGABYTE;
const TUPLES = 100_000;

/** What other terms may cost between two turns of the event loop, for each megabyte, in milliseconds of processor time. */
const MOST_PER_MEGABYTE = 15;
/** On a busy machine others have the processor in between. */
const MOST_TIME = 5_000;

const { cluster, beam } = useCluster(async ({ erlang }) => {
  await load(erlang, new URL('erlang/large.erl', import.meta.url));
  await erlang.evaluate('large:start()');
});

type Pair = readonly [number, Buffer];

function digest(term: Term): string {
  const hash = createHash('sha256');
  if (Buffer.isBuffer(term)) return hash.update(term).digest('hex');
  const number = Buffer.alloc(4);
  for (const [n, bytes] of term as unknown as Pair[]) {
    number.writeUInt32BE(n);
    hash.update(number).update(bytes);
  }
  return hash.digest('hex');
}

function list(): Term {
  const bytes = randomBytes(1_028);
  return Array.from({ length: TUPLES }, (_, n) => {
    const own = Buffer.from(bytes);
    own.writeUInt32BE(n);
    return tuple(n, own);
  });
}

/** Processor time that copying as much in one go takes, in milliseconds. */
function copyTime(): number {
  const bytes = randomBytes(BINARY);
  const times = Array.from({ length: 3 }, () => {
    const start = process.cpuUsage();
    Buffer.from(bytes);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1_000;
  });
  return Math.min(...times);
}

async function connected(): Promise<HiddenNode> {
  const node = await cluster.node();
  await node.connect(beam.name);
  return node;
}

function tell(what: string, { longest, busiest }: Blocks<unknown>): void {
  console.info(`${what}: longest block ${longest.toFixed(0)} ms, ${busiest.toFixed(0)} ms of processor time`);
}

/** Sends a term to the Erlang node, and expects that it has arrived. */
async function sendOut(term: Term): Promise<Blocks<Term>> {
  const node = await connected();
  const large = registered('large', beam.name);
  const inbox = node.mailbox();
  const blocks = await longestBlock(() => {
    inbox.send(large, tuple(atom('digest'), inbox.pid, term));
    inbox.send(large, tuple(atom('order'), inbox.pid, 'behind'));
    return inbox.receive({ timeout: 25_000 });
  });
  expect((blocks.value as Buffer).toString('hex')).toBe(digest(term));
  expect(await inbox.receive({ timeout: 5_000 })).toEqual(Buffer.from('behind'));
  expect(node.nodes()).toEqual([beam.name]);
  return blocks;
}

/** Has the Erlang node send a term, and expects that it has arrived. */
async function takeIn(kind: string, count: number): Promise<Blocks<Term>> {
  const node = await connected();
  const inbox = node.mailbox();
  inbox.send(registered('large', beam.name), tuple(atom('send'), inbox.pid, atom(kind), count));
  const sent = (await inbox.receive({ timeout: 15_000 })) as Buffer;
  const blocks = await longestBlock(() => inbox.receive({ timeout: 15_000 }));
  expect(digest(blocks.value)).toBe(sent.toString('hex'));
  expect(await inbox.receive({ timeout: 5_000 })).toBe(atom('behind'));
  expect(node.nodes()).toEqual([beam.name]);
  return blocks;
}

test('a binary of 100 MB out arrives, and never holds the event loop up for as long as a copy would', async () => {
  const blocks = await sendOut(randomBytes(BINARY));
  tell('100 MB binary out', blocks);
  expect(blocks.busiest).toBeLessThan(copyTime());
  expect(blocks.longest).toBeLessThan(MOST_TIME);
});

test('a binary of 100 MB in arrives, and never holds the event loop up for as long as a copy would', async () => {
  const blocks = await takeIn('binary', BINARY);
  tell('100 MB binary in', blocks);
  expect(blocks.value).toHaveLength(BINARY);
  expect(blocks.busiest).toBeLessThan(copyTime());
  expect(blocks.longest).toBeLessThan(MOST_TIME);
});

test('a list of 100 MB out arrives, and holds the event loop up in proportion to its size', async () => {
  const blocks = await sendOut(list());
  tell('100 MB list out', blocks);
  expect(blocks.busiest).toBeLessThan(MOST_PER_MEGABYTE * 100);
  expect(blocks.longest).toBeLessThan(MOST_TIME);
});

test('a list of 100 MB in arrives, and holds the event loop up in proportion to its size', async () => {
  const blocks = await takeIn('list', TUPLES);
  tell('100 MB list in', blocks);
  expect(blocks.value).toHaveLength(TUPLES);
  expect(blocks.busiest).toBeLessThan(MOST_PER_MEGABYTE * 100);
  expect(blocks.longest).toBeLessThan(MOST_TIME);
});
