import { describe, expect, test } from 'vitest';
import { HiddenNodeError } from '../../../lib/errors.ts';
import { atom } from '../../../lib/term/atom.ts';
import { charlist } from '../../../lib/term/charlist.ts';
import { decode } from '../../../lib/term/decoder.ts';
import { Encoder, encode } from '../../../lib/term/encoder.ts';
import { equals } from '../../../lib/term/equals.ts';
import { FunctionTerm } from '../../../lib/term/fun.ts';
import { improperList } from '../../../lib/term/list.ts';
import { Pid } from '../../../lib/term/pid.ts';
import type { EncodableTerm } from '../../../lib/term/term.ts';
import { tuple } from '../../../lib/term/tuple.ts';
import { bytes, refusal, u32 } from './support.ts';

const any = (value: unknown) => value as EncodableTerm;

describe('what JavaScript values become', () => {
  test.each<[string, EncodableTerm, Buffer]>([
    ['a number that is not whole, a float', 0.5, bytes(70, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0)],
    ['a whole number beyond the safe integers, a float', 2 ** 60, bytes(70, 0x43, 0xb0, 0, 0, 0, 0, 0, 0)],
    ['negative zero, the integer zero', -0, bytes(97, 0)],
    ['a bigint that is small, a small integer', 5n, bytes(97, 5)],
    ['a string, a binary of its UTF-8', 'é', bytes(109, u32(2), 0xc3, 0xa9)],
    ['an empty string, an empty binary', '', bytes(109, u32(0))],
    ['any Uint8Array, a binary', new Uint8Array([1]), bytes(109, u32(1), 1)],
    ['a charlist, a list of code points', charlist('é😀'), bytes(108, u32(2), 97, 0xe9, 98, u32(0x1f600), 106)],
    ['a charlist of Latin-1, a string', charlist('aé'), bytes(107, 0, 2, 97, 0xe9)],
    ['a plain object, a map with atom keys', { a: 1 }, bytes(116, u32(1), 119, 1, 'a', 97, 1)],
    [
      'an object without prototype, too',
      any(Object.assign(Object.create(null), { a: 1 })),
      bytes(116, u32(1), 119, 1, 'a', 97, 1),
    ],
    ['a name that is not ASCII, an atom in UTF-8', { é: 1 }, bytes(116, u32(1), 119, 2, 0xc3, 0xa9, 97, 1)],
  ])('%s', (_, value, form) => {
    expect(encode(value)).toEqual(bytes(131, form));
  });

  test('properties with symbols as names and inherited ones are left out', () => {
    expect(encode(any({ [Symbol('x')]: 1, a: 2 }))).toEqual(encode({ a: 2 }));
  });

  test('a list of more than 65535 bytes is no STRING_EXT', () => {
    expect(encode(Array<number>(65_536).fill(1))[1]).toBe(108);
    expect(encode(Array<number>(65_535).fill(1))[1]).toBe(107);
  });

  test('text of every length around the limit of the short form', () => {
    for (let length = 60; length < 70; length++) {
      for (const letter of ['a', 'é', '日', '😀']) {
        expect(decode(encode(letter.repeat(length)), { binaries: 'utf8' })).toBe(letter.repeat(length));
        expect(decode(encode(`${'a'.repeat(length)}${letter}`), { binaries: 'utf8' })).toBe(
          `${'a'.repeat(length)}${letter}`,
        );
      }
    }
  });

  test('names of properties of every length', () => {
    for (const letter of ['a', 'é', '日', '😀']) {
      for (const length of [0, 1, 63, 64, 65, 127, 128, 255]) {
        const name = letter.repeat(length);
        expect(equals(decode(encode({ [name]: 1 })), new Map([[atom(name), 1]]))).toBe(true);
      }
    }
  });
});

describe('what has no term', () => {
  class Person {}
  const cycle: unknown[] = [1];
  cycle.push({ inner: tuple(cycle) });
  const huge = 1n << 4_194_303n;

  test.each<[string, unknown, string, string]>([
    ['NaN', NaN, 'NaN', ''],
    ['infinity', [Number.NEGATIVE_INFINITY], '-Infinity', '[0]'],
    ['a function', [1, 2, { name: () => 1 }], 'a function', '[2].name'],
    ['a symbol', { 'odd name': [Symbol('x')] }, 'a symbol', '["odd name"][0]'],
    ['a class instance', tuple(1, new Person()), 'an instance of Person', '[1]'],
    ['a Date', new Date(), 'an instance of Date', ''],
    ['a view that is no Uint8Array', [new Uint16Array(1)], 'an instance of Uint16Array', '[0]'],
    ['a hole', Object.assign(new Array(3), { 0: 1, 2: 3 }), 'a hole', '[1]'],
    ['a hole after an integer', Object.assign(new Array(3), { 0: 300, 2: 3 }), 'a hole', '[1]'],
    ['a lone surrogate', ['ok', '\udc00'], 'a string with a lone surrogate', '[1]'],
    ['a lone surrogate in long text', 'x'.repeat(100).concat('\ud800'), 'a string with a lone surrogate', ''],
    ['a cycle', cycle, 'a cycle', '[1].inner[0]'],
    ['a map key', new Map([[[NaN], 1]]), 'NaN', '.keys()[0][0]'],
    ['a map value', new Map([[1, NaN]]), 'NaN', '.values()[0]'],
    ['the tail of an improper list', improperList<unknown>([1], NaN), 'NaN', '.tail'],
    [
      'a name too long for an atom',
      { ['x'.repeat(256)]: 1 },
      'a property whose name is no atom',
      `.${'x'.repeat(199)}...`,
    ],
    ['a name with a lone surrogate', { '\ud800': 1 }, 'a property whose name is no atom', '["\\ud800"]'],
    ['an integer of too many bits', [huge], 'an integer of too many bits', '[0]'],
  ])('%s is refused with its place and kind', (_, value, kind, path) => {
    expect(refusal(() => encode(any(value)))).toMatchObject({ code: 'not_a_term', facts: { kind, path } });
  });

  test('the message names place and kind', () => {
    expect(refusal(() => encode(any([1, { name: () => 1 }]))).message).toBe(
      'a function at [1].name has no Erlang term',
    );
  });

  test('free variables of a fun are looked at', () => {
    const pid = new Pid(atom('a@b'), 1, 2, 3);
    const parts = { module: atom('m'), arity: 0, index: 0, uniq: Buffer.alloc(16), oldIndex: 0, oldUniq: 0, pid };
    expect(refusal(() => encode(any(new FunctionTerm({ ...parts, free: [NaN] })))).facts.path).toBe('.free[0]');
  });

  test('the same value twice is no cycle', () => {
    const shared = [1];
    expect(decode(encode([shared, shared]))).toEqual([[1], [1]]);
  });

  test('what a getter throws is passed on', () => {
    const own = new Error('own');
    const value = {
      get name(): never {
        throw own;
      },
    };
    expect(() => encode(any(value))).toThrow(own);
  });

  test('encoding goes on working after a refusal', () => {
    refusal(() => encode(any([1, NaN])));
    expect(encode([1, 2])).toEqual(bytes(131, 107, 0, 2, 1, 2));
  });
});

describe('nesting', () => {
  const nested = (depth: number) => {
    let value: EncodableTerm = [];
    for (let i = 0; i < depth; i++) value = [value];
    return value;
  };

  test('passes up to the limit and is refused beyond it', () => {
    expect(encode(nested(1024))).toHaveLength(1 + 1024 * 6 + 1);
    expect(refusal(() => encode(nested(1025)))).toMatchObject({ code: 'term_too_deep', facts: { maxDepth: 1024 } });
  });

  test('can be given another limit', () => {
    encode(nested(3), { maxDepth: 3 });
    expect(refusal(() => encode(nested(4), { maxDepth: 3 })).code).toBe('term_too_deep');
  });

  test('beyond the stack ends in the same coded error', () => {
    expect(refusal(() => encode(nested(1_000_000), { maxDepth: 1e9 })).code).toBe('term_too_deep');
  });

  test('of an endless cycle under a limit beyond the stack ends in a coded error', () => {
    const cycle: EncodableTerm[] = [];
    cycle.push(cycle);
    expect(refusal(() => encode(cycle, { maxDepth: 1e9 }))).toMatchObject({
      code: 'not_a_term',
      facts: { kind: 'a cycle' },
    });
  });
});

/** Moves what is unfinished to the start of a new buffer whenever it is full, as a writer of frames does. */
class MovingEncoder extends Encoder {
  moves = 0;

  override grow(needed: number): void {
    const unfinished = this.buffer.subarray(this.base, this.offset);
    const fresh = Buffer.alloc(unfinished.length + needed + 3);
    unfinished.copy(fresh, 3);
    this.buffer.fill(0xee);
    this.buffer = fresh;
    this.offset = 3 + unfinished.length;
    this.base = 3;
    this.moves++;
  }

  get written(): Buffer {
    return this.buffer.subarray(this.base, this.offset);
  }
}

describe('Encoder', () => {
  const pid = new Pid(atom('a@b'), 1, 2, 3);
  const parts = { module: atom('m'), arity: 0, index: 0, uniq: Buffer.alloc(16), oldIndex: 0, oldUniq: 0, pid };
  const term: EncodableTerm = [
    ...[
      'short',
      'é'.repeat(100),
      'x'.repeat(3000),
      1,
      300,
      2 ** 40,
      2n ** 90n,
      1.5,
      Buffer.alloc(50),
      { name: [1, 2, 3] },
    ],
    new FunctionTerm<EncodableTerm>({
      ...parts,
      free: ['x'.repeat(100), new FunctionTerm<EncodableTerm>({ ...parts, free: ['y'.repeat(300)] })],
    }),
    Array.from({ length: 500 }, (_, i) => i * 3),
  ];

  test('may move its output whenever it grows', () => {
    const encoder = new MovingEncoder({}, 1);
    encoder.writeVersion();
    encoder.writeTerm(term);
    expect(encoder.written).toEqual(encode(term));
    expect(encoder.moves).toBeGreaterThan(20);
  });

  test('writes one term after another', () => {
    const encoder = new Encoder();
    encoder.writeTerm(1);
    encoder.writeTerm('a');
    expect(encoder.buffer.subarray(0, encoder.offset)).toEqual(bytes(97, 1, 109, u32(1), 'a'));
  });

  test('is usable after a throw once the offset is set back', () => {
    const encoder = new Encoder();
    encoder.writeTerm(1);
    const { offset } = encoder;
    refusal(() => encoder.writeTerm(any([1, new FunctionTerm({ ...parts, free: [NaN] })])));
    encoder.offset = offset;
    encoder.writeTerm(term);
    expect(encoder.buffer.subarray(offset, encoder.offset)).toEqual(encode(term).subarray(1));
  });

  test('passes on what its subclass throws when it cannot grow', () => {
    class Full extends Encoder {
      override grow(): void {
        throw new HiddenNodeError('frame_too_large', 'full');
      }
    }
    expect(refusal(() => new Full({}, 10).writeTerm('x'.repeat(100))).code).toBe('frame_too_large');
  });

  test('encode may be called while encode runs', () => {
    const value = {
      get inner() {
        return encode('inner');
      },
    };
    expect(decode(encode(value))).toEqual(new Map([[atom('inner'), encode('inner')]]));
  });
});
