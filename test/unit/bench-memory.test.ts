import { describe, expect, test } from 'vitest';
import { course } from '../../bench/memory/verdict.ts';

const MEBIBYTE = 2 ** 20;

/** Sixty samples of garbage that goes up and down, with what is added to each. */
function sawtooth(added: (second: number) => number): number[] {
  return Array.from({ length: 60 }, (_, second) => 50 * MEBIBYTE + (second % 7) * 3 * MEBIBYTE + added(second));
}

describe('the course of memory', () => {
  test('what goes up and down is level', () => {
    expect(
      course(
        sawtooth(() => 0),
        'heapUsed',
      ),
    ).toMatchObject({ level: true, most: 68 * MEBIBYTE });
  });

  test('what is taken once, at the start, is level', () => {
    expect(
      course(
        sawtooth((second) => (second < 5 ? 0 : 100 * MEBIBYTE)),
        'heapUsed',
      ).level,
    ).toBe(true);
  });

  test('what grows all the time is not', () => {
    expect(
      course(
        sawtooth((second) => second * 0.5 * MEBIBYTE),
        'heapUsed',
      ).level,
    ).toBe(false);
  });

  test('what grows in the last half is not', () => {
    const { first, last, limit, level } = course(
      sawtooth((second) => (second < 32 ? 0 : 30 * MEBIBYTE)),
      'rss',
    );
    expect(level).toBe(false);
    expect(last - first).toBe(30 * MEBIBYTE);
    expect(limit).toBeLessThan(last);
  });
});
