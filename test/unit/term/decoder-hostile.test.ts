import { describe, expect, test } from 'vitest';
import { HiddenNodeError } from '../../../lib/errors.ts';
import { atom } from '../../../lib/term/atom.ts';
import { bitstring } from '../../../lib/term/bitstring.ts';
import { Decoder, decode } from '../../../lib/term/decoder.ts';
import { encode } from '../../../lib/term/encoder.ts';
import { ExportTerm } from '../../../lib/term/export.ts';
import { float } from '../../../lib/term/float.ts';
import { FunctionTerm } from '../../../lib/term/fun.ts';
import { improperList } from '../../../lib/term/list.ts';
import { Pid } from '../../../lib/term/pid.ts';
import { Port } from '../../../lib/term/port.ts';
import { Reference } from '../../../lib/term/reference.ts';
import type { EncodableTerm } from '../../../lib/term/term.ts';
import { tuple } from '../../../lib/term/tuple.ts';
import { bytes, codeOf, refusal, repeated, u32 } from './support.ts';

const node = atom('a@b');
const NODE = bytes(119, 3, 'a@b');
const pid = new Pid(node, 1, 2, 3);

/** A term with at least one of every form. */
const EVERYTHING: EncodableTerm = tuple(
  ...[1, -300, 2 ** 40, 2n ** 70n, 256n ** 300n, float(1.5), atom('atom'), atom('é'.repeat(200)), true, null],
  ...[
    'text',
    Buffer.alloc(700),
    bitstring(Buffer.from([1, 0x80]), 1),
    [],
    [1, 2, 3],
    [1, 'x', []],
    improperList<EncodableTerm>(['a'], 2),
  ],
  new Map<EncodableTerm, EncodableTerm>([
    [tuple(1), 2],
    ['k', { a: 1 }],
    ['l', 3],
  ]),
  ...[pid, new Port(node, 5, 6), new Port(node, 2n ** 60n, 6), new Reference(node, 1, [1, 2, 3])],
  new ExportTerm(atom('m'), atom('f'), 1),
  new FunctionTerm({
    module: atom('m'),
    arity: 1,
    index: 1,
    uniq: Buffer.alloc(16),
    oldIndex: 1,
    oldUniq: 70_000,
    pid,
    free: [1, 'x'],
  }),
  tuple(...Array<number>(300).fill(7)),
);

const OLD_FORMS = bytes(
  ...[131, 104, 7, 99, '1.50000000000000000000e+00\0\0\0\0\0', 100, 0, 2, 'ab', 115, 2, 'cd'],
  ...[101, NODE, u32(5), 3, 114, 0, 2, NODE, 3, u32(5), u32(6), 102, NODE, u32(5), 3, 103, NODE, u32(5), u32(6), 3],
);

describe('truncated terms', () => {
  test.each([
    ['every form', encode(EVERYTHING)],
    ['the old forms', OLD_FORMS],
  ])('%s, cut at every byte', (_, whole) => {
    decode(whole);
    for (let length = 0; length < whole.length; length++) {
      expect(codeOf(() => decode(whole.subarray(0, length)))).toBe('decode_truncated');
    }
  });

  test('bytes after the end of the range are not looked at', () => {
    const whole = encode(EVERYTHING);
    const decoder = new Decoder();
    for (let end = 1; end < whole.length; end++) {
      decoder.reset(whole, 1, end);
      expect(codeOf(() => decoder.readTerm())).toBe('decode_truncated');
    }
  });

  test('skipping stops at the end of the range as well', () => {
    const whole = encode(EVERYTHING);
    const decoder = new Decoder();
    for (let end = 1; end < whole.length; end++) {
      decoder.reset(whole, 1, end);
      expect(codeOf(() => decoder.skipTerm())).toBe('decode_truncated');
    }
  });
});

describe('claims beyond the bytes', () => {
  test.each([
    ['a tuple', bytes(131, 105, u32(0xffffffff))],
    ['a list', bytes(131, 108, u32(0xffffffff))],
    ['a map', bytes(131, 116, u32(0xffffffff))],
    ['a map of as many pairs as there are bytes', bytes(131, 116, u32(4), 106, 106, 106, 106)],
    ['a binary', bytes(131, 109, u32(0xffffffff))],
    ['a bitstring', bytes(131, 77, u32(0xffffffff), 3)],
    ['a big', bytes(131, 111, u32(0xffffffff), 0)],
    ['a string', bytes(131, 107, 255, 255)],
    ['a fun', bytes(131, 112, u32(0xffffffff))],
    ['the free variables of a fun', bytes(131, 112, u32(25), 0, Buffer.alloc(16), u32(0), u32(0xffffffff))],
  ])('%s is refused at once', (_, claim) => {
    expect(codeOf(() => decode(claim))).toBe('decode_truncated');
  });

  test('tuples inside tuples that each claim all bytes left take little memory', () => {
    const frame = Buffer.concat([
      ...Array.from({ length: 1000 }, () => bytes(105, u32(900_000))),
      Buffer.alloc(1_000_000, 106),
    ]);
    const decoder = new Decoder();
    const before = process.memoryUsage().rss;
    decoder.reset(frame);
    expect(codeOf(() => decoder.readTerm())).toBe('decode_truncated');
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  });
});

describe('nesting', () => {
  const tuples = (depth: number) => bytes(131, repeated(depth, bytes(104, 1)), 106);
  const lists = (depth: number) => bytes(131, repeated(depth, bytes(108, u32(1))), 106, repeated(depth, bytes(106)));
  const tails = (depth: number) => bytes(131, repeated(depth, bytes(108, u32(0))), 106);
  const maps = (depth: number) => bytes(131, repeated(depth, bytes(116, u32(1), 106)), 106);
  const keys = (depth: number) => bytes(131, repeated(depth, bytes(116, u32(1))), 106, repeated(depth, bytes(106)));

  test.each([
    ['tuples', tuples],
    ['lists', lists],
    ['maps as values', maps],
    ['maps as keys', keys],
  ])('ten million nested %s are refused', (_, nested) => {
    expect(codeOf(() => decode(nested(10_000_000)))).toBe('term_too_deep');
  });

  test('ten million lists, each the tail of the one before, are one list', () => {
    expect(decode(tails(10_000_000))).toEqual([]);
  });

  test.each([
    ['tuples', tuples],
    ['lists', lists],
    ['maps as values', maps],
  ])('%s nested to the limit pass and one more is refused', (_, nested) => {
    decode(nested(1024));
    expect(refusal(() => decode(nested(1025)))).toMatchObject({ code: 'term_too_deep', facts: { maxDepth: 1024 } });
  });

  test('a limit too large for the stack ends in the same coded error', () => {
    expect(codeOf(() => decode(tuples(10_000_000), { maxDepth: Number.POSITIVE_INFINITY }))).toBe('term_too_deep');
  });

  test('ten million nested tuples are skipped', () => {
    const decoder = new Decoder();
    decoder.reset(tuples(10_000_000), 1);
    decoder.skipTerm();
    expect(decoder.atEnd).toBe(true);
  });
});

describe('bytes that are no term', () => {
  test.each([
    ['another version', bytes(130, 106)],
    ['nothing but a version and an unknown tag', bytes(131, 0)],
    ['an atom cache reference', bytes(131, 82, 0)],
    ['a local term', bytes(131, 121, 1, 2, 3, 4, 106)],
    ['a fun of before R8', bytes(131, 117, u32(0), 106)],
    ['bytes after the term', bytes(131, 106, 106)],
    ['an infinite float', bytes(131, 70, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0)],
    ['a float that is not a number', bytes(131, 70, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0)],
    ['a float text of letters', bytes(131, 99, 'x'.repeat(31))],
    ['a float text of nothing', bytes(131, 99, Buffer.alloc(31))],
    ['a float text that overflows', bytes(131, 99, '1.0e999'.padEnd(31, '\0'))],
    ['a float text in hexadecimal', bytes(131, 99, '0x1.8p3'.padEnd(31, '\0'))],
    ['a float text with bytes after its end', bytes(131, 99, '1.0\0junk'.padEnd(31, '\0'))],
    ['an atom of invalid UTF-8', bytes(131, 119, 2, 0xc3, 0x28)],
    ['an atom with half of a surrogate pair', bytes(131, 119, 3, 0xed, 0xa0, 0x80)],
    ['an atom of 256 characters', bytes(131, 118, 1, 0, 'a'.repeat(256))],
    ['a Latin-1 atom of 256 characters', bytes(131, 100, 1, 0, 'a'.repeat(256))],
    ['a reference of no words', bytes(131, 90, 0, 0, NODE, u32(1))],
    ['a reference of 65535 words', bytes(131, 90, 255, 255, NODE, u32(1), Buffer.alloc(65535 * 4))],
    ['a reference of six words', bytes(131, 90, 0, 6, NODE, u32(1), Buffer.alloc(24))],
    ['an old reference with a word of 19 bits', bytes(131, 101, NODE, u32(0x40000), 1)],
    ['an old pid with a creation of three bits', bytes(131, 103, NODE, u32(1), u32(1), 4)],
    ['a pid whose node is no atom', bytes(131, 88, 106, u32(1), u32(1), u32(1))],
    ['a bitstring of nine bits in a byte', bytes(131, 77, u32(1), 9, 1)],
    ['a bitstring of bytes without bits', bytes(131, 77, u32(1), 0, 1)],
    ['an exported function of arity 256', bytes(131, 113, 119, 1, 'm', 119, 1, 'f', 98, u32(256))],
    ['an exported function of an arity that is no integer', bytes(131, 113, 119, 1, 'm', 119, 1, 'f', 106)],
  ])('%s', (_, form) => {
    expect(codeOf(() => decode(form))).toBe('decode_invalid');
  });

  const fun = (size: number) =>
    bytes(
      131,
      112,
      u32(size),
      0,
      Buffer.alloc(16),
      u32(0),
      u32(1),
      119,
      1,
      'm',
      97,
      0,
      97,
      0,
      88,
      NODE,
      u32(1),
      u32(2),
      u32(3),
      106,
      106,
    );

  test('a fun whose size is right passes but for the byte after it', () => {
    expect(refusal(() => decode(fun(55))).message).toContain('after the term');
  });

  test.each([0, 3, 4, 54, 56])('a fun that claims %i bytes', (size) => {
    expect(refusal(() => decode(fun(size))).message).toMatch(/fun .* (size|claims)/);
  });

  test('no mutation of a valid term gives anything but a term or a coded error', () => {
    const whole = encode(EVERYTHING);
    let state = 12_345;
    const random = (limit: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
      return (state >>> 8) % limit;
    };
    const codes = new Set<string>();
    for (let i = 0; i < 20_000; i++) {
      const mutated = Buffer.from(whole);
      for (let n = 1 + random(3); n > 0; n--) mutated[1 + random(whole.length - 1)] = random(256);
      try {
        decode(mutated, { binaries: i % 2 === 0 ? 'utf8' : 'buffer' });
      } catch (error) {
        if (!(error instanceof HiddenNodeError)) throw error;
        codes.add(error.code);
      }
    }
    expect([...codes].sort()).toEqual(expect.arrayContaining(['decode_invalid', 'decode_truncated']));
    expect([...codes].every((code) => /^decode_|^term_too_deep$/.test(code))).toBe(true);
  });
});
