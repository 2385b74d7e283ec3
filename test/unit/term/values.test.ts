import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type Atom, atom } from '../../../lib/term/atom.ts';
import { bitstring } from '../../../lib/term/bitstring.ts';
import { charlist } from '../../../lib/term/charlist.ts';
import { ExportTerm } from '../../../lib/term/export.ts';
import { float } from '../../../lib/term/float.ts';
import { format } from '../../../lib/term/format.ts';
import { FunctionTerm } from '../../../lib/term/fun.ts';
import { improperList } from '../../../lib/term/list.ts';
import { Pid } from '../../../lib/term/pid.ts';
import { Port } from '../../../lib/term/port.ts';
import { Reference } from '../../../lib/term/reference.ts';
import { tuple } from '../../../lib/term/tuple.ts';
import { codeOf } from './support.ts';

const node = atom('a@b');
const pid = new Pid(node, 85, 1, 3);
const parts = { module: atom('m'), arity: 1, index: 0, uniq: Buffer.alloc(16), oldIndex: 2, oldUniq: 3, pid, free: [] };

describe('values that no term can have', () => {
  test.each<[string, () => unknown]>([
    ['a float that is not finite', () => float(NaN)],
    ['a pid of a node that is no atom', () => new Pid('a@b' as unknown as Atom, 1, 1, 1)],
    ['a pid of 33 bits', () => new Pid(node, 2 ** 32, 1, 1)],
    ['a pid below zero', () => new Pid(node, 1, -1, 1)],
    ['a pid of a fraction', () => new Pid(node, 1, 1, 0.5)],
    ['a port of 65 bits', () => new Port(node, 2n ** 64n, 1)],
    ['a port of an unsafe number', () => new Port(node, 2 ** 60, 1)],
    ['a port below zero', () => new Port(node, -1, 1)],
    ['a reference of no words', () => new Reference(node, 1, [])],
    ['a reference of six words', () => new Reference(node, 1, [1, 2, 3, 4, 5, 6])],
    ['a reference of a word of 33 bits', () => new Reference(node, 1, [2 ** 32])],
    ['an exported function of arity 256', () => new ExportTerm(node, node, 256)],
    ['a bitstring of no bytes', () => bitstring(Buffer.alloc(0), 1)],
    ['a bitstring of whole bytes', () => bitstring(Buffer.alloc(1), 8)],
    ['a bitstring of no bits', () => bitstring(Buffer.alloc(1), 0)],
    ['an improper list of no elements', () => improperList([], 1)],
    ['an improper list whose tail is a list', () => improperList<unknown>([1], [2])],
    ['an improper list whose tail is text for a list', () => improperList<unknown>([1], charlist('a'))],
    ['a charlist of half a surrogate pair', () => charlist('\ud800')],
    ['a fun of a short checksum', () => new FunctionTerm({ ...parts, uniq: Buffer.alloc(15) })],
    ['a fun of a large number', () => new FunctionTerm({ ...parts, oldUniq: 2 ** 31 })],
  ])('%s', (_, make) => {
    expect(codeOf(make)).toBe('invalid_argument');
  });
});

describe('tuple', () => {
  test('has its elements, its arity and an iterator', () => {
    const pair = tuple(atom('ok'), 'text');
    const [tag, text]: Iterable<unknown> = pair;
    expect([pair.length, pair.elements[1], tag, text]).toEqual([2, 'text', atom('ok'), 'text']);
  });

  test('knows the types of its elements', () => {
    const text: string = tuple(1, 'text').elements[1];
    expect(text).toBe('text');
  });
});

test('a bitstring drops the bits beyond its length and copies its bytes', () => {
  const bytes = Buffer.from([0xff]);
  const bits = bitstring(bytes, 3);
  bytes.fill(0);
  expect([bits.bytes, bits.bitLength]).toEqual([Buffer.from([0xe0]), 3]);
});

test('a Float takes part in arithmetic', () => {
  expect(+float(1.5) + 1).toBe(2.5);
});

describe('the printed form', () => {
  test.each<[unknown, string]>([
    [tuple(atom('ok'), [1, 2], 'text', { a: null }), '{ok,[1,2],<<"text">>,#{a => nil}}'],
    [pid, '<0.85.1>'],
    [new Port(node, 6, 1), '#Port<0.6>'],
    [new Reference(node, 1, [1, 2, 3]), '#Ref<0.3.2.1>'],
    [new ExportTerm(atom('m'), atom('f'), 1), 'fun m:f/1'],
    [new FunctionTerm(parts), '#Fun<m.2.3>'],
    [bitstring(Buffer.from([1, 0xa0]), 3), '<<1,5:3>>'],
    [improperList<unknown>([1], atom('b')), '[1|b]'],
    [charlist('abc'), '"abc"'],
    [[97n, 98], '"ab"'],
    [float(1e10), '1.0e10'],
    [-0, '0'],
    [2n ** 70n, '1180591620717411303424'],
    [new Map([[1, 2]]), '#{1 => 2}'],
  ])('%s', (term, text) => {
    expect(format(term)).toBe(text);
  });

  test('is what console.log and templates show', () => {
    expect(`${pid} ${inspect({ pid })}`).toBe('<0.85.1> { pid: <0.85.1> }');
  });

  test.each([[() => 1], [Symbol('x')], [NaN], [new Date()]])('is refused for what is no term', (value) => {
    expect(codeOf(() => format(value))).toBe('not_a_term');
  });

  test('is refused for a cycle', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(codeOf(() => format(cycle))).toBe('term_too_deep');
  });
});
