/** Text is read and written in several ways, by its length and by what is in it. All of them are the same strict UTF-8. */
import { isUtf8 } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { decode } from '../../../lib/term/decoder.ts';
import { encode } from '../../../lib/term/encoder.ts';
import { decodeUtf8 } from '../../../lib/term/utf8.ts';
import { bytes, codeOf, u32 } from './support.ts';

const LETTERS = ['a', '\0', '\x7f', '\x80', 'é', '日', '\ufffd', '\ufeff', '😀'];

describe('text as UTF-8', () => {
  test('of every length and kind is written as Node.js writes it, also where a slab ends', () => {
    for (const letter of LETTERS) {
      for (let length = 0; length < 400; length++) {
        const text = `${'x'.repeat(length % 5)}${letter.repeat(length)}`;
        const form = Buffer.from(text);
        expect(encode(text).equals(bytes(131, 109, u32(form.length), form)), `${length} of ${letter}`).toBe(true);
      }
    }
  });

  test('of every length and kind is read', () => {
    for (const letter of LETTERS) {
      for (let length = 0; length < 300; length++) {
        const form = Buffer.from(`.${letter.repeat(length)}.`);
        expect(decodeUtf8(form, 1, form.length - 1)).toBe(letter.repeat(length));
      }
    }
  });

  test('is not read when it is not valid, at any place of any length', () => {
    const invalid = [[0xff], [0xc3], [0x80], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]];
    for (const wrong of invalid) {
      for (const length of [0, 1, 5, 11, 12, 13, 20, 31, 64, 300]) {
        for (const at of new Set([0, length >> 1, length])) {
          const form = Buffer.concat([Buffer.alloc(at, 'a'), Buffer.from(wrong), Buffer.alloc(length - at, 'b')]);
          expect(isUtf8(form)).toBe(false);
          expect(decodeUtf8(form, 0, form.length)).toBeUndefined();
        }
      }
    }
  });

  test('with half of a surrogate pair is no term', () => {
    for (const length of [0, 10, 24, 25, 100]) {
      expect(codeOf(() => encode(`${'a'.repeat(length)}\ud800`))).toBe('not_a_term');
      expect(codeOf(() => encode({ [`${'a'.repeat(length)}\udc00`]: 1 }))).toBe('not_a_term');
    }
  });
});

describe('options of decode', () => {
  test('hold for one call', () => {
    const input = encode(['text', 1.5]);
    expect(decode(input, { binaries: 'utf8' })).toEqual(['text', 1.5]);
    expect(decode(input, { floats: 'exact' })).not.toEqual(decode(input));
    expect(decode(input, {})).toEqual([Buffer.from('text'), 1.5]);
    expect(decode(input)).toEqual([Buffer.from('text'), 1.5]);
    expect(codeOf(() => decode(encode([[300]]), { maxDepth: 1 }))).toBe('term_too_deep');
    expect(decode(encode([[300]]), {})).toEqual([[300]]);
  });
});
