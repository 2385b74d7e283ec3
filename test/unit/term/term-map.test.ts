/** A table by term: equal terms are one key, whatever JavaScript holds them in. */
import { describe, expect, test } from 'vitest';
import { atom, charlist, type EncodableTerm, float, type Term, tuple } from '../../../lib/index.ts';
import { TermMap } from '../../../lib/term/term-map.ts';

describe('a map of terms', () => {
  test.each<[string, Term, EncodableTerm]>([
    ['binaries', Buffer.from('grüße'), 'grüße'],
    ['tuples', tuple(atom('a'), [1, Buffer.from('b')]), tuple(atom('a'), [1, 'b'])],
    [
      'maps',
      new Map<Term, Term>([
        [atom('x'), 1],
        [atom('y'), 2],
      ]),
      { y: 2, x: 1 },
    ],
    ['lists', [104, 105], charlist('hi')],
    ['integers', 7, 7n],
    ['booleans', true, true],
    ['nothing', undefined, undefined],
  ])('finds %s by an equal term', (_, key, same) => {
    const map = new TermMap<number>();
    map.set(key, 1);
    expect(map.get(same)).toBe(1);
    map.set(key, 2);
    expect([map.size, map.get(same), [...map]]).toEqual([1, 2, [[key, 2]]]);
    expect([map.delete(same), map.delete(same), map.size, map.get(key)]).toEqual([true, false, 0, undefined]);
  });

  test('tells terms apart that only look alike', () => {
    const map = new TermMap<string>();
    const keys: Term[] = [1, float(1), Buffer.from('1'), atom('1'), [1], tuple(1), true, atom('nil').term as null];
    for (const key of keys) map.set(key, String(key));
    expect(map.size).toBe(keys.length);
    for (const key of keys) expect(map.get(key)).toBe(String(key));
    expect([...map.keys()]).toHaveLength(keys.length);
  });

  test('keeps the others of a bucket when one of it goes', () => {
    const map = new TermMap<number>();
    const count = 300_000;
    for (let i = 0; i < count; i++) map.set(i, i);
    for (let i = 0; i < count; i += 2) expect(map.delete(i)).toBe(true);
    expect(map.size).toBe(count / 2);
    for (let i = 0; i < count; i++) if (map.get(i) !== (i % 2 === 0 ? undefined : i)) throw new Error(`lost ${i}`);
  });
});
