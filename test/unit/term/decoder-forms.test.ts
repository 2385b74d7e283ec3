import { describe, expect, test } from 'vitest';
import { atom } from '../../../lib/term/atom.ts';
import { type BitString, bitstring } from '../../../lib/term/bitstring.ts';
import { decode } from '../../../lib/term/decoder.ts';
import { encode } from '../../../lib/term/encoder.ts';
import { equals } from '../../../lib/term/equals.ts';
import { ExportTerm } from '../../../lib/term/export.ts';
import { Float, float } from '../../../lib/term/float.ts';
import { FunctionTerm } from '../../../lib/term/fun.ts';
import { improperList } from '../../../lib/term/list.ts';
import { Pid } from '../../../lib/term/pid.ts';
import { Port } from '../../../lib/term/port.ts';
import { Reference } from '../../../lib/term/reference.ts';
import type { EncodableTerm, Term } from '../../../lib/term/term.ts';
import { tuple } from '../../../lib/term/tuple.ts';
import { bytes, u32 } from './support.ts';

const node = atom('a@b');
const NODE = bytes(119, 3, 'a@b');

describe('the form of each term on the wire', () => {
  const both: [string, EncodableTerm, Buffer][] = [
    ['SMALL_INTEGER_EXT', 255, bytes(97, 255)],
    ['INTEGER_EXT', 256, bytes(98, 0, 0, 1, 0)],
    ['INTEGER_EXT below zero', -1, bytes(98, 255, 255, 255, 255)],
    ['SMALL_BIG_EXT', 2 ** 31, bytes(110, 4, 0, 0, 0, 0, 128)],
    ['SMALL_BIG_EXT below zero', -(2 ** 31) - 1, bytes(110, 4, 1, 1, 0, 0, 128)],
    ['SMALL_BIG_EXT beyond safe integers', 2n ** 63n, bytes(110, 8, 0, 0, 0, 0, 0, 0, 0, 0, 128)],
    ['LARGE_BIG_EXT', 256n ** 255n, bytes(111, u32(256), 0, Buffer.alloc(255), 1)],
    ['NEW_FLOAT_EXT', float(1), bytes(70, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0)],
    ['SMALL_ATOM_UTF8_EXT', atom('é'), bytes(119, 2, 0xc3, 0xa9)],
    ['ATOM_UTF8_EXT', atom('é'.repeat(255)), bytes(118, 1, 254, Buffer.from('é'.repeat(255)))],
    ['the atom true', true, bytes(119, 4, 'true')],
    ['the atom false', false, bytes(119, 5, 'false')],
    ['the atom undefined', undefined, bytes(119, 9, 'undefined')],
    ['the atom nil', null, bytes(119, 3, 'nil')],
    ['NEWER_REFERENCE_EXT', new Reference(node, 7, [1, 2]), bytes(90, 0, 2, NODE, u32(7), u32(1), u32(2))],
    ['NEW_PORT_EXT', new Port(node, 0xfffffff, 7), bytes(89, NODE, u32(0xfffffff), u32(7))],
    ['V4_PORT_EXT', new Port(node, 0x10000000, 7), bytes(120, NODE, u32(0), u32(0x10000000), u32(7))],
    [
      'V4_PORT_EXT of 64 bits',
      new Port(node, 2n ** 64n - 1n, 7),
      bytes(120, NODE, u32(-1 >>> 0), u32(-1 >>> 0), u32(7)),
    ],
    ['NEW_PID_EXT', new Pid(node, 85, 1, 7), bytes(88, NODE, u32(85), u32(1), u32(7))],
    ['SMALL_TUPLE_EXT', tuple(1, 2), bytes(104, 2, 97, 1, 97, 2)],
    ['LARGE_TUPLE_EXT', tuple(...Array<number>(256).fill(1)), bytes(105, u32(256), Buffer.alloc(512, bytes(97, 1)))],
    ['NIL_EXT', [], bytes(106)],
    ['STRING_EXT', [1, 255], bytes(107, 0, 2, 1, 255)],
    ['LIST_EXT', [1, 256], bytes(108, u32(2), 97, 1, 98, u32(256), 106)],
    ['LIST_EXT with a tail', improperList<EncodableTerm>([atom('a')], 1), bytes(108, u32(1), 119, 1, 'a', 97, 1)],
    ['BINARY_EXT', Buffer.from('abc'), bytes(109, u32(3), 'abc')],
    ['BIT_BINARY_EXT', bitstring(Buffer.from([1, 0xa0]), 3), bytes(77, u32(2), 3, 1, 0xa0)],
    ['MAP_EXT', new Map([[1, 2]]), bytes(116, u32(1), 97, 1, 97, 2)],
    ['EXPORT_EXT', new ExportTerm(atom('m'), atom('f'), 2), bytes(113, 119, 1, 'm', 119, 1, 'f', 97, 2)],
  ];

  test.each(both)('%s is written', (_, value, form) => {
    expect(encode(value)).toEqual(bytes(131, form));
  });

  test.each(both)('%s is read', (_, value, form) => {
    expect(equals(decode(bytes(131, form), { floats: 'exact' }), value)).toBe(true);
  });

  const readOnly: [string, EncodableTerm, Buffer][] = [
    ['FLOAT_EXT', float(-1.5e-7), bytes(99, '-1.50000000000000000000e-07\0\0\0\0')],
    ['ATOM_EXT', atom('é'), bytes(100, 0, 1, 0xe9)],
    ['SMALL_ATOM_EXT', atom('é'), bytes(115, 1, 0xe9)],
    ['SMALL_ATOM_EXT of ASCII', atom('ok'), bytes(115, 2, 'ok')],
    ['ATOM_EXT of a JavaScript value', true, bytes(100, 0, 4, 'true')],
    ['REFERENCE_EXT', new Reference(node, 3, [5]), bytes(101, NODE, u32(5), 3)],
    ['NEW_REFERENCE_EXT', new Reference(node, 3, [5, 6]), bytes(114, 0, 2, NODE, 3, u32(5), u32(6))],
    ['PORT_EXT', new Port(node, 5, 3), bytes(102, NODE, u32(5), 3)],
    ['PID_EXT', new Pid(node, 5, 6, 3), bytes(103, NODE, u32(5), u32(6), 3)],
    ['a big with zeroes at its end', 1, bytes(110, 3, 0, 1, 0, 0)],
    ['a big of no bytes', 0, bytes(110, 0, 1)],
    ['INTEGER_EXT of a small integer', 5, bytes(98, u32(5))],
    ['LARGE_TUPLE_EXT of few elements', tuple(1), bytes(105, u32(1), 97, 1)],
    ['STRING_EXT of no bytes', [], bytes(107, 0, 0)],
    ['LIST_EXT of no elements', atom('x'), bytes(108, u32(0), 119, 1, 'x')],
    ['a list whose tail is a list', [1, 2], bytes(108, u32(1), 97, 1, 108, u32(1), 97, 2, 106)],
    ['a list whose tail is a string', [300, 65], bytes(108, u32(1), 98, u32(300), 107, 0, 1, 65)],
    ['BIT_BINARY_EXT of whole bytes', Buffer.from([1, 2]), bytes(77, u32(2), 8, 1, 2)],
    ['BIT_BINARY_EXT of nothing', Buffer.alloc(0), bytes(77, u32(0), 0)],
    ['BIT_BINARY_EXT with stray bits', bitstring(Buffer.from([0xe0]), 3), bytes(77, u32(1), 3, 0xff)],
  ];

  test.each(readOnly)('%s is read', (_, value, form) => {
    expect(equals(decode(bytes(131, form), { floats: 'exact' }), value)).toBe(true);
  });

  test('NEW_FUN_EXT keeps all its parts', () => {
    const inside = bytes(2, Buffer.alloc(16, 9), u32(3), u32(1), 119, 1, 'm', 97, 4, 98, u32(0xfffffffe));
    const form = bytes(131, 112, u32(4 + inside.length + 18 + 2), inside, 88, NODE, u32(1), u32(2), u32(3), 97, 5);
    const fun = decode(form) as FunctionTerm<Term>;
    expect(fun).toBeInstanceOf(FunctionTerm);
    const { arity, index, oldIndex, oldUniq, free } = fun;
    expect({ arity, index, oldIndex, oldUniq, free }).toEqual({
      arity: 2,
      index: 3,
      oldIndex: 4,
      oldUniq: -2,
      free: [5],
    });
    expect(encode(fun)).toEqual(form);
  });

  test('a fun inside another fun has the right sizes', () => {
    const parts = {
      module: atom('m'),
      arity: 0,
      index: 0,
      uniq: Buffer.alloc(16),
      oldIndex: 0,
      oldUniq: 0,
      pid: new Pid(node, 1, 2, 3),
    };
    const inner = new FunctionTerm<EncodableTerm>({ ...parts, free: ['x'.repeat(5000)] });
    const outer = new FunctionTerm<EncodableTerm>({ ...parts, free: [inner, inner] });
    expect(equals(decode(encode([outer, outer])), [outer, outer])).toBe(true);
  });
});

describe('the JavaScript value of a term', () => {
  test('a whole float is a number by default and a Float with floats: exact', () => {
    const form = encode(float(2));
    expect(decode(form)).toBe(2);
    expect(decode(form, { floats: 'exact' })).toEqual(float(2));
  });

  test('floats in map keys are exact, so that 1 and 1.0 stay two keys', () => {
    const map = decode(
      encode(
        new Map<EncodableTerm, EncodableTerm>([
          [1, float(3)],
          [float(1), 4],
          [tuple(float(1)), 5],
        ]),
      ),
    ) as Map<unknown, unknown>;
    expect([...map.values()]).toEqual([3, 4, 5]);
    expect([...map.keys()][1]).toBeInstanceOf(Float);
  });

  test('negative zero keeps its sign', () => {
    expect(Object.is((decode(encode(float(-0)), { floats: 'exact' }) as Float).value, -0)).toBe(true);
  });

  test('the largest safe integers are numbers and the next ones bigints', () => {
    const values = [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2n ** 53n, -(2n ** 53n)];
    expect(values.map((value) => decode(encode(value)))).toEqual(values);
  });

  test('a binary is a Buffer by default and text with binaries: utf8', () => {
    const form = encode('héllo');
    expect(decode(form)).toEqual(Buffer.from('héllo'));
    expect(decode(form, { binaries: 'utf8' })).toBe('héllo');
  });

  test('a byte order mark stays in the text', () => {
    expect(decode(encode('\ufeffx'), { binaries: 'utf8' })).toBe('\ufeffx');
  });

  test.each([
    ['a lone continuation byte', [0x80]],
    ['an overlong form', [0xc0, 0x80]],
    ['half of a surrogate pair', [0xed, 0xa0, 0x80]],
    ['a code point above the last', [0xf4, 0x90, 0x80, 0x80]],
  ])('%s stays a Buffer with binaries: utf8', (_, invalid) => {
    expect(decode(encode(Buffer.from(invalid)), { binaries: 'utf8' })).toEqual(Buffer.from(invalid));
  });

  test('decoded binaries do not share memory with the input', () => {
    for (const size of [3, 100, 1024, 100_000]) {
      const form = encode(Buffer.alloc(size, 1));
      const value = decode(form) as Buffer;
      form.fill(2);
      expect(value).toEqual(Buffer.alloc(size, 1));
    }
  });

  test('decoded binaries of one pool do not overlap', () => {
    const values = Array.from({ length: 300 }, (_, i) => Buffer.alloc(500 + i, i));
    const decoded = values.map((value) => decode(encode(value)));
    expect(decoded).toEqual(values);
  });

  test('decoded bitstrings and funs do not share memory with the input', () => {
    const form = encode(bitstring(Buffer.from([1, 2, 0x80]), 1));
    const value = decode(form) as BitString;
    form.fill(0xff);
    expect(value.bytes).toEqual(Buffer.from([1, 2, 0x80]));
  });
});
