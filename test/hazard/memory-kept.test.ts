/** What stays in memory with a value that a program keeps, when the millions of others are gone. */
import { beforeAll, expect, test } from 'vitest';
import { useCluster } from '../helpers/cluster.ts';
import { load } from '../helpers/load.ts';
import { ensureBuilt, run } from '../helpers/program.ts';

/** What a value costs, in bytes. */
interface Cost {
  heap: number;
  external: number;
  arrayBuffers: number;
}

const SMALL = { count: 100_000, every: 1_000 };
const LARGE = { count: 200, every: 2 };

/** Each kind of value, how many come, and of how many one is kept. */
const KINDS = {
  10: SMALL,
  64: SMALL,
  100: SMALL,
  600: SMALL,
  1024: { count: 50_000, every: 500 },
  10000: { count: 20_000, every: 200 },
  beside_large: LARGE,
  among_many: { count: 1_000, every: 5 },
  bitstring: SMALL,
  pid: SMALL,
  reference: SMALL,
  function: SMALL,
  integer: SMALL,
  charlist: SMALL,
  atom: SMALL,
};

/** Objects: the value, its message number, and what holds them. */
const OBJECTS = 2_048;
/** The heap goes up and down a little with what the engine compiles. */
const NOISE = 1_024;

const { cluster, beam } = useCluster(async ({ erlang }) => {
  await ensureBuilt();
  await load(erlang, new URL('erlang/values.erl', import.meta.url));
});

let costs: Record<string, Cost>;
beforeAll(async () => {
  const facts = { cookie: cluster.cookie, epmdPort: cluster.epmd.port, beam: beam.name, kinds: KINDS };
  const { code, stdout, stderr } = await run('values.mjs', facts, { flags: ['--expose-gc'], timeout: 55_000 });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  costs = JSON.parse(stdout);
});

test.each([
  '10',
  '64',
  'beside_large',
  'among_many',
  'bitstring',
  'pid',
  'reference',
  'function',
  'integer',
  'charlist',
  'atom',
])('a value that is kept keeps nothing else: %s', (kind) => {
  expect(costs[kind]!.arrayBuffers).toBeLessThan(NOISE);
  expect(costs[kind]!.external).toBeLessThan(NOISE);
  expect(costs[kind]!.heap).toBeLessThan(OBJECTS);
});

test.each([
  ['100', 4 * 1024],
  ['600', 16 * 1024],
  ['1024', 32 * 1024],
  ['10000', 10_000],
])('a binary of %s bytes that is kept keeps %i bytes at most', (kind, most) => {
  expect(costs[kind]!.arrayBuffers).toBeLessThan(most + NOISE);
  expect(costs[kind]!.heap).toBeLessThan(OBJECTS);
});
