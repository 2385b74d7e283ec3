/** Memory under traffic at full speed: it does not grow, and what it takes for the moment is bounded. */
import { expect, test } from 'vitest';
import { useCluster } from '../helpers/cluster.ts';
import { load } from '../helpers/load.ts';
import { ensureBuilt } from '../helpers/program.ts';
import { type Figures, runRounds } from '../helpers/rounds.ts';

const MEBIBYTE = 2 ** 20;

/** What is garbage for a moment, of messages of 64 KiB above all: twice what was measured. */
const MOST_BUFFERS = 128 * MEBIBYTE;
const MOST_HEAP = 64 * MEBIBYTE;

/** A sanitizer keeps what is freed. */
const SLACK = process.env.LD_PRELOAD?.includes('asan') ? 1024 * MEBIBYTE : 32 * MEBIBYTE;

interface Peaks {
  peak: { rss: number; heapUsed: number; arrayBuffers: number };
}

const { cluster, beam } = useCluster(async ({ erlang }) => {
  await ensureBuilt();
  await load(erlang, new URL('erlang/values.erl', import.meta.url));
});

test('messages in and out, small and large, taken in every way', { timeout: 120_000 }, async () => {
  const facts = { cookie: cluster.cookie, epmdPort: cluster.epmd.port, beam: beam.name, rounds: 8 };
  const figures = (await runRounds('steady.mjs', facts)) as (Figures & Peaks)[];
  for (const { peak } of figures) {
    expect(peak.arrayBuffers).toBeLessThan(MOST_BUFFERS);
    expect(peak.heapUsed).toBeLessThan(MOST_HEAP);
  }
  const highest = (some: typeof figures) => Math.max(...some.map(({ peak }) => peak.rss));
  expect(highest(figures.slice(4))).toBeLessThan(highest(figures.slice(0, 4)) + SLACK);
});
