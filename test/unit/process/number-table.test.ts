import { expect, test } from 'vitest';
import { NumberTable } from '../../../lib/process/number-table.ts';

/** A small generator of pseudo-random numbers, so that a failure can be repeated. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

test.each([
  ['keys that count up', (i: number) => i],
  ['keys that all want the same place', (i: number) => i * 2 ** 20],
  ['keys beyond 32 bits', (i: number) => 2 ** 49 + i * 3],
])('does as a Map does: %s', (_, keyOf) => {
  const next = random(7);
  const table = new NumberTable<number>();
  const model = new Map<number, number>();
  for (let step = 0; step < 10_000; step++) {
    const key = keyOf(Math.floor(next() * 200));
    // Grows for a while, then shrinks, again and again.
    if (next() < (step % 2_000 < 1_000 ? 0.6 : 0.2)) {
      table.set(key, step);
      model.set(key, step);
    } else {
      expect(table.delete(key)).toBe(model.delete(key));
    }
    expect(table.get(key)).toBe(model.get(key));
    expect(table.size).toBe(model.size);
  }
  expect(new Map(table.entries())).toEqual(model);
  for (const key of model.keys()) expect(table.get(key)).toBe(model.get(key));
});

test('finds what is there after many have come and gone, as calls do', () => {
  const table = new NumberTable<string>();
  table.set(0, 'long');
  for (let i = 1; i <= 20_000; i++) {
    table.set(i, String(i));
    if (i > 50) expect(table.delete(i - 50)).toBe(true);
  }
  expect(table.size).toBe(51);
  expect(table.get(0)).toBe('long');
  expect(table.get(20_000)).toBe('20000');
  expect(table.get(19_950)).toBeUndefined();
});

test('its entries may be taken away while they are gone through', () => {
  const table = new NumberTable<number>();
  for (let i = 0; i < 1000; i++) table.set(i, i);
  for (const [key] of table.entries()) expect(table.delete(key)).toBe(true);
  expect(table.size).toBe(0);
  table.set(5, 5);
  table.clear();
  expect(table.get(5)).toBeUndefined();
  expect(table.entries()).toEqual([]);
});
