/** What is left of a burst when it is over: memory goes back to where it was before. */
import { beforeAll, expect, test } from 'vitest';
import { useCluster } from '../helpers/cluster.ts';
import { load } from '../helpers/load.ts';
import { ensureBuilt, run } from '../helpers/program.ts';

interface Figures {
  heapUsed: number;
  arrayBuffers: number;
}

interface Course {
  before: Figures;
  height: Figures;
  after: Figures;
}

const MEBIBYTE = 2 ** 20;

/** What is compiled meanwhile, and pools of the codec that have been renewed. */
const MARGIN = MEBIBYTE / 2;

const { cluster, beam } = useCluster(async ({ erlang }) => {
  await ensureBuilt();
  await load(erlang, new URL('erlang/values.erl', import.meta.url));
});

let courses: Record<string, Course>;
beforeAll(async () => {
  const facts = { cookie: cluster.cookie, epmdPort: cluster.epmd.port, beam: beam.name, margin: MARGIN };
  const { code, stdout, stderr } = await run('idle.mjs', facts, { flags: ['--expose-gc'], timeout: 115_000 });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  courses = JSON.parse(stdout);
}, 120_000);

test.each([
  ['messages out', 50],
  ['large messages out', 40],
  ['messages in, taken in order', 50],
  ['messages in, taken by choice', 50],
  ['large messages in', 15],
  ['calls under way', 5],
  ['many atoms', 10],
])('%s: nothing of %i MiB or more is left', (name, least) => {
  const { before, height, after } = courses[name]!;
  const total = ({ heapUsed, arrayBuffers }: Figures) => heapUsed + arrayBuffers;
  expect(total(height) - total(before)).toBeGreaterThan(least * MEBIBYTE);
  expect(after.arrayBuffers).toBeLessThanOrEqual(before.arrayBuffers + MARGIN);
  expect(after.heapUsed).toBeLessThanOrEqual(before.heapUsed + MARGIN);
});
