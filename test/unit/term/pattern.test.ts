import { describe, expect, test } from 'vitest';
import { atom } from '../../../lib/term/atom.ts';
import { improperList } from '../../../lib/term/list.ts';
import { ANY, matches, type Pattern } from '../../../lib/term/pattern.ts';
import { tuple } from '../../../lib/term/tuple.ts';
import { codeOf } from './support.ts';

describe('matches', () => {
  test.each<[string, Pattern, unknown]>([
    ['anything', ANY, undefined],
    ['a tuple with anything inside', tuple(atom('ok'), ANY), tuple(atom('ok'), [1, 2])],
    ['a list with anything inside', [1, ANY], [1, 'x']],
    ['an improper list', improperList<Pattern>([ANY], 2), improperList<unknown>([1], 2)],
    [
      'a map with more keys',
      new Map([[tuple(1), ANY]]),
      new Map([
        [tuple(1), 5],
        [tuple(2), 6],
      ]),
    ],
    ['a key whose value is undefined', { a: ANY }, new Map([[atom('a'), undefined]])],
    ['names for atom keys', { a: { b: ANY } }, new Map([[atom('a'), new Map([[atom('b'), 1]])]])],
    ['the names of JavaScript values', { true: 1 }, new Map([[true, 1]])],
    ['text for a binary', tuple('name'), tuple(Buffer.from('name'))],
    ['the empty map', {}, new Map([[1, 2]])],
  ])('%s', (_, pattern, term) => {
    expect(matches(pattern, term)).toBe(true);
  });

  test.each<[string, Pattern, unknown]>([
    ['another tag', tuple(atom('ok'), ANY), tuple(atom('error'), 1)],
    ['another arity', tuple(ANY), tuple(1, 2)],
    ['a longer list', [ANY], [1, 2]],
    ['a list for a tuple', tuple(ANY), [1]],
    ['another tail', improperList<Pattern>([ANY], 2), improperList<unknown>([1], 3)],
    ['a missing key', { a: ANY }, new Map([[atom('b'), 1]])],
    ['another value', { a: 1 }, new Map([[atom('a'), 2]])],
    ['a map pattern for what is no map', {}, []],
  ])('not %s', (_, pattern, term) => {
    expect(matches(pattern, term)).toBe(false);
  });

  test('ends on a cyclic pattern with a coded error', () => {
    const pattern: Pattern[] = [];
    pattern.push(pattern);
    const term: unknown[] = [];
    term.push(term);
    expect(codeOf(() => matches(pattern, term))).toBe('term_too_deep');
  });
});
