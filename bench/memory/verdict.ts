/** What samples of memory over time say: whether it stays level. */
import { quantile } from '../statistics.ts';

/** Bytes, as `process.memoryUsage` gives them. */
export interface Memory {
  rss: number;
  heapUsed: number;
  external: number;
  arrayBuffers: number;
}

/** Four figures of each sample. */
export const KINDS = ['rss', 'heapUsed', 'external', 'arrayBuffers'] as const satisfies readonly (keyof Memory)[];

/** How one kind of memory went. */
export interface Course {
  /** A quarter of the samples of each half is at or below it: where garbage has just been collected. */
  first: number;
  last: number;
  most: number;
  /** What the last half must not be above. */
  limit: number;
  level: boolean;
}

/** This part of the samples comes before compilers and heaps have found their size. */
const WARM_UP = 0.1;

const MEBIBYTE = 1024 * 1024;
/** At full speed that is less than a tenth of a byte for each message of a minute. */
const LEAST_NOISE = 4 * MEBIBYTE;
const NOISE_PART = 0.1;
/** What is freed does not all go back to the system, and how much does varies. */
const NOISE_PART_OF_RSS = 0.25;

/**
 * Level is what is in the last half not above the first half by more than noise: half of what it goes up and down there, from quartile
 * to quartile, 4 MiB, or a tenth (of rss a quarter), whichever is most.
 *
 * @param values - at equal intervals, in order
 */
export function course(values: readonly number[], kind: keyof Memory): Course {
  const part = kind === 'rss' ? NOISE_PART_OF_RSS : NOISE_PART;
  const warm = values.slice(Math.floor(values.length * WARM_UP));
  const half = Math.ceil(warm.length / 2);
  const early = warm.slice(0, half);
  const first = quantile(early, 0.25);
  const last = quantile(warm.slice(half), 0.25);
  const limit = first + Math.max(LEAST_NOISE, first * part, (quantile(early, 0.75) - first) / 2);
  return { first, last, most: Math.max(...values), limit, level: last <= limit };
}
