/** What samples of memory over time say: whether it stays level. */
import { median } from '../statistics.ts';

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
  /** Medians of the two halves. */
  first: number;
  last: number;
  most: number;
  /** What the median of the last half must not be above. */
  limit: number;
  level: boolean;
}

/** This part of the samples comes before compilers and heaps have found their size. */
const WARM_UP = 0.1;

const MEBIBYTE = 1024 * 1024;
const LEAST_NOISE = MEBIBYTE;
const NOISE_PART = 0.05;

/**
 * Level is what is in the middle of the last half no higher than at any time in the first half, where it goes up and down with the
 * garbage, or by 1 MiB or a twentieth at most.
 *
 * @param values - at equal intervals, in order
 */
export function course(values: readonly number[]): Course {
  const warm = values.slice(Math.floor(values.length * WARM_UP));
  const half = Math.ceil(warm.length / 2);
  const early = warm.slice(0, half);
  const first = median(early);
  const last = median(warm.slice(half));
  const limit = Math.max(...early) + Math.max(LEAST_NOISE, first * NOISE_PART);
  return { first, last, most: Math.max(...values), limit, level: last <= limit };
}
