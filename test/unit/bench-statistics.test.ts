/** The arithmetic of the benchmark suite: quartiles, rates, and ratios paired by round. */
import { describe, expect, test } from 'vitest';
import type { Sample } from '../../bench/results.ts';
import {
  figure,
  figures,
  higherIsBetter,
  median,
  pairedRatios,
  quantile,
  rate,
  sampleRatios,
  spread,
} from '../../bench/statistics.ts';

function sample(fields: Partial<Sample>): Sample {
  return { count: 1000, elapsed: 2000, cpu: 500, loopCpu: 400, peerCpu: 900, ...fields };
}

describe('quantiles', () => {
  test('lie between neighbours', () => {
    expect(quantile([10, 20, 30, 40], 0.25)).toBe(17.5);
    expect(quantile([10, 20, 30, 40], 0)).toBe(10);
    expect(quantile([10, 20, 30, 40], 1)).toBe(40);
  });

  test('are of sorted values, and leave the list as it is', () => {
    const values = [100, 9, 20];
    expect(median(values)).toBe(20);
    expect(values).toEqual([100, 9, 20]);
  });

  test('of an even number of values: the median is in the middle of two', () => {
    expect(median([1, 2, 10, 20])).toBe(6);
  });

  test('of nothing there is none', () => {
    expect(median([])).toBeNaN();
    expect(spread([])).toBeUndefined();
  });

  test('make the spread', () => {
    expect(spread([5, 1, 3, 2, 4])).toEqual({ rounds: 5, median: 3, lower: 2, upper: 4, min: 1, max: 5 });
  });
});

describe('figures of samples', () => {
  test('a rate is per second', () => {
    expect(rate(sample({ count: 500, elapsed: 1000 }))).toBe(500_000);
  });

  test('CPU time is per message, latencies are as they are', () => {
    const one = sample({ p50: 70, p99: 140 });
    expect(figure(one, 'cpu')).toBe(0.5);
    expect(figure(one, 'loopCpu')).toBe(0.4);
    expect(figure(one, 'peerCpu')).toBe(0.9);
    expect(figure(one, 'p50')).toBe(70);
    expect(figure(one, 'p99')).toBe(140);
  });

  test('samples without the figure are left out', () => {
    expect(figures([sample({}), sample({ p50: 70 })], 'p50')).toEqual([70]);
  });

  test('only of the rate is more better', () => {
    expect(higherIsBetter('rate')).toBe(true);
    for (const measure of ['p50', 'p99', 'loopCpu', 'encode', 'decode']) expect(higherIsBetter(measure)).toBe(false);
  });
});

describe('paired ratios', () => {
  test('are made round by round', () => {
    expect(pairedRatios([10, 30], [20, 10])).toEqual([0.5, 3]);
  });

  test('leave out rounds that one of the two does not have, and keep the others paired', () => {
    expect(pairedRatios([10, undefined, 30, 40], [20, 1, 10])).toEqual([0.5, 3]);
    expect(pairedRatios([10, 30], [0, 10])).toEqual([3]);
  });

  test('of rates: more than 1 is faster', () => {
    const ours = [sample({ elapsed: 1000 }), sample({ elapsed: 500 })];
    const theirs = [sample({ elapsed: 2000 }), sample({ elapsed: 2000 })];
    expect(sampleRatios(ours, theirs, 'rate')).toEqual([2, 4]);
  });

  test('of latencies: less than 1 is faster', () => {
    expect(sampleRatios([sample({ p99: 50 })], [sample({ p99: 100 })], 'p99')).toEqual([0.5]);
  });

  test('their median is not the ratio of the medians', () => {
    expect(median(pairedRatios([10, 20, 90], [10, 40, 30]))).toBe(1);
  });
});
