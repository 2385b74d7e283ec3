import { describe, expect, test } from 'vitest';
import { atom } from '../../../lib/term/atom.ts';
import { Decoder } from '../../../lib/term/decoder.ts';
import { encode } from '../../../lib/term/encoder.ts';
import { equals } from '../../../lib/term/equals.ts';
import { Pid } from '../../../lib/term/pid.ts';
import { Reference } from '../../../lib/term/reference.ts';
import type { EncodableTerm } from '../../../lib/term/term.ts';
import { tuple } from '../../../lib/term/tuple.ts';
import { bytes, codeOf, u32 } from './support.ts';

const pid = new Pid(atom('a@b'), 1, 2, 3);
const reference = new Reference(atom('a@b'), 1, [2, 3]);

function reading(...terms: EncodableTerm[]): Decoder {
  const decoder = new Decoder();
  decoder.reset(Buffer.concat(terms.map((term) => encode(term).subarray(1))));
  return decoder;
}

describe('Decoder', () => {
  test('reads a control message piece by piece', () => {
    const decoder = reading(tuple(22, pid, atom('name'), reference, 2n ** 60n));
    expect(decoder.readTupleHeader()).toBe(5);
    expect(decoder.readSmallInteger()).toBe(22);
    expect(equals(decoder.readPid(), pid)).toBe(true);
    expect(decoder.readAtom()).toBe(atom('name'));
    expect(equals(decoder.readReference(), reference)).toBe(true);
    expect(decoder.readInteger()).toBe(2n ** 60n);
    expect(decoder.atEnd).toBe(true);
  });

  test('reads the header of a large tuple', () => {
    const decoder = new Decoder();
    decoder.reset(bytes(105, u32(1), 106));
    expect(decoder.readTupleHeader()).toBe(1);
  });

  test('gives an Atom even where a term would be a JavaScript value', () => {
    expect(reading(true).readAtom()).toBe(atom('true'));
  });

  test.each<[string, (decoder: Decoder) => unknown]>([
    ['a tuple', (decoder) => decoder.readTupleHeader()],
    ['an integer', (decoder) => decoder.readInteger()],
    ['a small integer', (decoder) => decoder.readSmallInteger()],
    ['an atom', (decoder) => decoder.readAtom()],
    ['a pid', (decoder) => decoder.readPid()],
    ['a reference', (decoder) => decoder.readReference()],
    ['a version', (decoder) => decoder.readVersion()],
  ])('refuses another type where %s is expected', (_, read) => {
    expect(codeOf(() => read(reading('text')))).toBe('decode_invalid');
  });

  test('refuses an integer of more than 32 bits where a small one is expected', () => {
    expect(codeOf(() => reading(2 ** 31).readSmallInteger())).toBe('decode_invalid');
    expect(reading(-(2 ** 31)).readSmallInteger()).toBe(-(2 ** 31));
  });

  test('looks at the next tag without consuming it', () => {
    const decoder = reading(1);
    expect([decoder.peekTag(), decoder.readTerm()]).toEqual([97, 1]);
    expect(codeOf(() => decoder.peekTag())).toBe('decode_truncated');
  });

  test('skips each term exactly', () => {
    const terms: EncodableTerm[] = [
      1,
      2n ** 80n,
      1.5,
      'text',
      atom('a'),
      [1, 2],
      [1, 'x'],
      { a: [{ b: tuple(pid, reference) }] },
      [],
    ];
    for (const term of terms) {
      const decoder = reading(term, 7);
      decoder.skipTerm();
      expect(decoder.readTerm()).toBe(7);
      expect(decoder.atEnd).toBe(true);
    }
  });

  test('reads only its range of a buffer', () => {
    const decoder = new Decoder();
    decoder.reset(bytes(1, 2, 97, 5, 9), 2, 4);
    expect([decoder.readTerm(), decoder.atEnd, decoder.position]).toEqual([5, true, 4]);
  });

  test('reads from a Uint8Array that is no Buffer and starts inside its memory', () => {
    const decoder = new Decoder();
    decoder.reset(new Uint8Array([9, 9, 109, 0, 0, 0, 1, 65]).subarray(2));
    expect(decoder.readTerm()).toEqual(Buffer.from('A'));
  });

  test.each([
    [-1, 1],
    [0, 3],
    [2, 1],
  ])('refuses the range from %i to %i of two bytes', (start, end) => {
    expect(codeOf(() => new Decoder().reset(Buffer.alloc(2), start, end))).toBe('invalid_argument');
  });

  test('is as good as new after a refusal', () => {
    const decoder = new Decoder();
    decoder.reset(bytes(116, u32(1), 116, u32(1), 97));
    expect(codeOf(() => decoder.readTerm())).toBe('decode_truncated');
    decoder.reset(encode(1.5).subarray(1));
    expect(decoder.readTerm()).toBe(1.5);
  });

  test('says where the bytes went wrong, from the start of its range', () => {
    const decoder = new Decoder();
    decoder.reset(bytes(0, 0, 0, 104, 1, 200), 3);
    expect(() => decoder.readTerm()).toThrow('tag 200 is not that of a term (before byte 3)');
  });
});
