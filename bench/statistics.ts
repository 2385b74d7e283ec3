/**
 * What is made of samples: figures per second and per message, their spread, and ratios of two contestants. Absolute figures drift
 * by a third between runs, so two contestants are compared round by round, and the median of these ratios is what counts.
 */
import type { Sample } from './results.ts';

/** Where the figures of all rounds lie. */
export interface Spread {
  /** How many figures there are. */
  rounds: number;
  median: number;
  /** A quarter of the figures is at or below it. */
  lower: number;
  /** A quarter of the figures is at or above it. */
  upper: number;
  min: number;
  max: number;
}

/**
 * What can be read from a sample: `rate` per second, `p50` and `p99` of the single round trips in microseconds, and CPU time in
 * microseconds per message: of the contestant, of its main thread, of the peer.
 */
export type Measure = 'rate' | 'p50' | 'p99' | 'cpu' | 'loopCpu' | 'peerCpu';

/** Whether more is better; of everything but the rate, less is. */
export function higherIsBetter(measure: string): boolean {
  return measure === 'rate';
}

/**
 * The value below which the given share of the values lies, interpolated between neighbours (the seventh definition of Hyndman and
 * Fan, which is the usual one).
 *
 * @param share from 0 to 1
 * @returns NaN for no values
 */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)]!;
  const above = sorted[Math.ceil(place)]!;
  return below + (above - below) * (place - Math.floor(place));
}

/** The value in the middle; NaN for no values. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Where values lie; nothing for no values. */
export function spread(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  return {
    rounds: values.length,
    median: median(values),
    lower: quantile(values, 0.25),
    upper: quantile(values, 0.75),
    min: Math.min(...values),
    max: Math.max(...values),
  };
}

/** Messages, round trips, requests or calls per second. */
export function rate(sample: Sample): number {
  return (sample.count / sample.elapsed) * 1e6;
}

/** One figure of a sample; nothing if it has none. */
export function figure(sample: Sample, measure: Measure): number | undefined {
  switch (measure) {
    case 'rate':
      return rate(sample);
    case 'p50':
    case 'p99':
      return sample[measure];
    default:
      return sample[measure] / sample.count;
  }
}

/** One figure of every sample that has it. */
export function figures(samples: readonly Sample[], measure: Measure): number[] {
  return samples.map((sample) => figure(sample, measure)).filter((value) => value !== undefined);
}

/**
 * Ours divided by theirs, round by round. Of rates, more than 1 is faster; of times, less than 1 is. Rounds that only one of the two has
 * are left out, and those in which theirs is 0.
 */
export function pairedRatios(ours: readonly (number | undefined)[], theirs: readonly (number | undefined)[]): number[] {
  return ours.flatMap((value, round) => {
    const other = theirs[round];
    return value === undefined || other === undefined || other === 0 ? [] : [value / other];
  });
}

/** The figure of one contestant divided by that of another, round by round. */
export function sampleRatios(ours: readonly Sample[], theirs: readonly Sample[], measure: Measure): number[] {
  const read = (sample: Sample) => figure(sample, measure);
  return pairedRatios(ours.map(read), theirs.map(read));
}
