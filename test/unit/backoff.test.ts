import { describe, expect, test } from 'vitest';
import { Backoff } from '../../lib/backoff.ts';
import { LONGEST_DELAY } from '../../lib/deadline.ts';

function pauses(backoff: Backoff, count: number): number[] {
  return Array.from({ length: count }, () => backoff.next());
}

describe('Backoff', () => {
  test('doubles its pauses up to the longest', () => {
    expect(pauses(new Backoff({ first: 4, longest: 20 }, () => 1), 6)).toEqual([4, 8, 16, 20, 20, 20]);
  });

  test('shortens each pause at random, by a half at most', () => {
    const values = [0, 0.5, 1, 0.25, 0];
    const random = () => values.shift()!;
    expect(pauses(new Backoff({ first: 4, longest: 20 }, random), 5)).toEqual([2, 6, 16, 12.5, 10]);
  });

  test('begins with the first again after a reset', () => {
    const backoff = new Backoff({ first: 4, longest: 20 }, () => 1);
    pauses(backoff, 5);
    backoff.reset();
    expect(pauses(backoff, 2)).toEqual([4, 8]);
  });

  test('goes from a tenth of a second to five seconds when nobody says otherwise', () => {
    expect(pauses(new Backoff({}, () => 1), 8)).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
    expect(new Backoff({ first: undefined, longest: undefined }).longest).toBe(5_000);
  });

  test('never pauses for longer than a longest that is below the first', () => {
    expect(pauses(new Backoff({ first: 50, longest: 10 }, () => 1), 2)).toEqual([10, 10]);
  });

  test('stays with the longest however often it is asked, and within what a timer takes', () => {
    const backoff = new Backoff({ longest: Number.POSITIVE_INFINITY }, () => 1);
    expect(pauses(backoff, 2_000).at(-1)).toBe(LONGEST_DELAY);
  });

  test('takes its own chance: pauses differ, and stay between half and whole', () => {
    const found = Array.from({ length: 200 }, () => new Backoff({ first: 1_000 }).next());
    expect(new Set(found).size).toBeGreaterThan(150);
    expect(Math.min(...found)).toBeGreaterThanOrEqual(500);
    expect(Math.max(...found)).toBeLessThanOrEqual(1_000);
  });
});
