import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { recycle, SLAB_BYTES, takeSlab } from '../../../lib/distribution/slabs.ts';

const take = (count: number) => Array.from({ length: count }, () => takeSlab(1));

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.advanceTimersByTime(10_000);
  vi.useRealTimers();
});

describe('slabs', () => {
  test('what is given back is given out again', () => {
    const slabs = take(20);
    expect(new Set(slabs).size).toBe(20);
    expect(slabs.every((slab) => slab.length === SLAB_BYTES)).toBe(true);
    for (const slab of slabs) recycle(slab);
    expect(new Set(take(20))).toEqual(new Set(slabs));
  });

  test('a larger slab is no part of the pool', () => {
    const large = takeSlab(SLAB_BYTES + 1);
    expect(large.length).toBe(SLAB_BYTES * 2);
    recycle(large);
    expect(takeSlab(1)).not.toBe(large);
  });

  test('those of a burst are let go when it is over, and then there is no timer', () => {
    const slabs = take(20);
    for (const slab of slabs) recycle(slab);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(2_000);
    expect(vi.getTimerCount()).toBe(0);
    expect(take(20).filter((slab) => slabs.includes(slab))).toEqual([]);
  });

  test('those in use again and again are kept', () => {
    const slabs = take(20);
    for (const slab of slabs) recycle(slab);
    for (let n = 0; n < 50; n++) {
      for (const slab of take(3)) recycle(slab);
      vi.advanceTimersByTime(100);
    }
    expect(take(20).filter((slab) => slabs.includes(slab))).toHaveLength(3);
  });

  test('no more than 256 are kept', () => {
    const slabs = take(300);
    for (const slab of slabs) recycle(slab);
    expect(take(300).filter((slab) => slabs.includes(slab))).toHaveLength(256);
  });
});
