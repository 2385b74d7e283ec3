import { describe, expect, test } from 'vitest';
import { atom } from '../../../lib/term/atom.ts';
import { bitstring } from '../../../lib/term/bitstring.ts';
import { charlist } from '../../../lib/term/charlist.ts';
import { equals, mapGet } from '../../../lib/term/equals.ts';
import { ExportTerm } from '../../../lib/term/export.ts';
import { float } from '../../../lib/term/float.ts';
import { type FunctionParts, FunctionTerm } from '../../../lib/term/fun.ts';
import { improperList } from '../../../lib/term/list.ts';
import { Pid } from '../../../lib/term/pid.ts';
import { Port } from '../../../lib/term/port.ts';
import { Reference } from '../../../lib/term/reference.ts';
import { tuple } from '../../../lib/term/tuple.ts';
import { codeOf } from './support.ts';

const node = atom('a@b');
const pid = new Pid(node, 1, 2, 3);
const fun = (parts: Partial<FunctionParts>) =>
  new FunctionTerm({
    ...{ module: atom('m'), arity: 0, index: 0, uniq: Buffer.alloc(16), oldIndex: 0, oldUniq: 0, pid, free: [] },
    ...parts,
  });

describe('equals', () => {
  test.each<[string, unknown, unknown]>([
    ['the same number', 1, 1],
    ['a number and a bigint', 1, 1n],
    ['both zeroes as numbers', 0, -0],
    ['a fraction and its Float', 1.5, float(1.5)],
    ['a whole number beyond the safe integers and its Float', 2 ** 60, float(2 ** 60)],
    ['text and its bytes', 'é', Buffer.from('é')],
    ['a Buffer and a Uint8Array', Buffer.from([1]), new Uint8Array([1])],
    ['a charlist and its code points', charlist('a😀'), [97, 0x1f600]],
    ['two charlists', charlist('a'), charlist('a')],
    ['a JavaScript value and its atom', null, atom('nil')],
    ['tuples', tuple(1, tuple('a')), tuple(1, tuple('a'))],
    ['lists', [1, ['a']], [1, ['a']]],
    ['improper lists', improperList([1], 2), improperList([1], 2)],
    ['bitstrings', bitstring(Buffer.from([0xff]), 3), bitstring(Buffer.from([0xe0]), 3)],
    ['pids', pid, new Pid(node, 1, 2, 3)],
    ['ports with a number and a bigint', new Port(node, 5, 1), new Port(node, 5n, 1)],
    ['references with zeroes at the end', new Reference(node, 1, [5]), new Reference(node, 1, [5, 0, 0])],
    ['exported functions', new ExportTerm(node, node, 1), new ExportTerm(node, node, 1)],
    ['funs made by different processes', fun({}), fun({ pid: new Pid(node, 9, 9, 9) })],
    [
      'maps in another order',
      new Map([
        [1, 2],
        [3, 4],
      ]),
      new Map([
        [3, 4],
        [1, 2],
      ]),
    ],
    [
      'maps with structural keys',
      new Map([
        [tuple(1), 2],
        [tuple(2), 3],
      ]),
      new Map([
        [tuple(2), 3],
        [tuple(1), 2],
      ]),
    ],
    [
      'maps with text and with binaries as keys',
      new Map([
        ['k', 1],
        ['l', 2],
      ]),
      new Map([
        [Buffer.from('l'), 2],
        [Buffer.from('k'), 1],
      ]),
    ],
    ['maps of one structural key', new Map([[['a'], ['b']]]), new Map([[['a'], ['b']]])],
    [
      'a plain object and its map',
      { a: 1, true: 2 },
      new Map<unknown, unknown>([
        [true, 2],
        [atom('a'), 1],
      ]),
    ],
    ['plain objects', { a: [1] }, { a: [1] }],
  ])('%s are the same term', (_, a, b) => {
    expect([equals(a, b), equals(b, a)]).toEqual([true, true]);
  });

  test.each<[string, unknown, unknown]>([
    ['an integer and a float', 1, float(1)],
    ['floats of both zeroes', float(0), float(-0)],
    ['a beyond-safe bigint and the float of its value', 2n ** 60n, 2 ** 60],
    ['text and an atom', 'ok', atom('ok')],
    ['text and a charlist', 'a', charlist('a')],
    ['a list and a tuple', [1], tuple(1)],
    ['a list and one that is longer', [1], [1, 2]],
    ['an empty list and an empty map', [], new Map()],
    ['improper lists of other tails', improperList([1], 2), improperList([1], 3)],
    ['an improper list and a list', improperList([1], 2), [1, 2]],
    ['bitstrings of other lengths', bitstring(Buffer.from([0xe0]), 3), bitstring(Buffer.from([0xe0]), 4)],
    ['a bitstring and a binary', bitstring(Buffer.from([0xe0]), 3), Buffer.from([0xe0])],
    ['pids of another creation', pid, new Pid(node, 1, 2, 4)],
    ['pids of another node', pid, new Pid(atom('b@b'), 1, 2, 3)],
    ['ports', new Port(node, 5, 1), new Port(node, 6, 1)],
    ['references', new Reference(node, 1, [5, 0, 1]), new Reference(node, 1, [5])],
    ['exported functions of other arities', new ExportTerm(node, node, 1), new ExportTerm(node, node, 2)],
    ['funs of other free variables', fun({ free: [1] }), fun({ free: [2] })],
    ['funs of other versions of a module', fun({}), fun({ uniq: Buffer.alloc(16, 1) })],
    ['maps of another value', new Map([[1, 2]]), new Map([[1, 3]])],
    [
      'maps of another structural key',
      new Map([
        [tuple(1), 2],
        [tuple(2), 3],
      ]),
      new Map([
        [tuple(1), 2],
        [tuple(3), 3],
      ]),
    ],
    [
      'maps of other sizes',
      new Map([[1, 2]]),
      new Map([
        [1, 2],
        [2, 3],
      ]),
    ],
    ['undefined and null', undefined, null],
    ['false and zero', false, 0],
    ['NaN and itself, which is no term', NaN, NaN],
  ])('%s are different terms', (_, a, b) => {
    expect([equals(a, b), equals(b, a)]).toEqual([false, false]);
  });

  test('is the method of every term class', () => {
    expect(pid.equals(new Pid(node, 1, 2, 3))).toBe(true);
    expect(tuple(1).equals([1])).toBe(false);
  });

  test('compares large maps of structural keys in linear time', () => {
    const map = () => new Map(Array.from({ length: 20_000 }, (_, i) => [tuple(i, 'k'), i]));
    const start = performance.now();
    expect(equals(map(), map())).toBe(true);
    expect(performance.now() - start).toBeLessThan(5000);
  });

  test('ends on cyclic values with a coded error', () => {
    const cycle = () => {
      const list: unknown[] = [];
      list.push(list);
      return list;
    };
    expect(codeOf(() => equals(cycle(), cycle()))).toBe('term_too_deep');
  });
});

describe('mapGet', () => {
  const map = new Map<unknown, unknown>([
    [Buffer.from('name'), 'binary'],
    [tuple(1, [2]), 'tuple'],
    [atom('a'), undefined],
    [float(1), 'float'],
    [1, 'integer'],
  ]);

  test.each<[string, unknown, unknown]>([
    ['text for a binary', 'name', 'binary'],
    ['a tuple', tuple(1, [2]), 'tuple'],
    ['an integer', 1, 'integer'],
    ['a float', float(1), 'float'],
    ['an atom whose value is undefined', atom('a'), undefined],
    ['a key that is not there', tuple(1), undefined],
  ])('finds %s', (_, key, value) => {
    expect(mapGet(map, key)).toBe(value);
  });
});
