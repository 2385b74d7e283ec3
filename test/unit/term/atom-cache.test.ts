import { describe, expect, test } from 'vitest';
import { atom } from '../../../lib/term/atom.ts';
import { decode } from '../../../lib/term/decoder.ts';
import { encode } from '../../../lib/term/encoder.ts';
import { bytes, codeOf } from './support.ts';

/** An atom as bytes, which need not be UTF-8. */
function encoded(name: Buffer): Buffer {
  return name.length < 256
    ? bytes(131, 119, name.length, name)
    : bytes(131, 118, name.length >> 8, name.length & 255, name);
}

describe('atoms that are decoded', () => {
  test('are the right ones of many more than are remembered, in any order', () => {
    const names = Array.from({ length: 20_000 }, (_, i) => `${'n'.repeat(i % 9)}${i}`);
    for (let step = 1; step < 5; step++) {
      for (let i = 0; i < names.length; i++) {
        const name = names[(i * step * 7919) % names.length]!;
        expect(decode(encoded(Buffer.from(name)))).toBe(atom(name));
      }
    }
  });

  test('are told from those that follow the same atom, and differ in one byte', () => {
    for (let length = 1; length <= 255; length++) {
      const name = 'x'.repeat(length);
      for (const at of new Set([0, length >> 1, length - 1])) {
        const other = `${name.slice(0, at)}y${name.slice(at + 1)}`;
        for (const text of [name, other, name, `${name}`.slice(1), name]) {
          decode(encoded(Buffer.from('before')));
          expect(decode(encoded(Buffer.from(text)))).toBe(atom(text));
        }
      }
    }
  });

  test('have names of every length, in characters and in bytes', () => {
    for (const letter of ['a', 'é', '日', '😀']) {
      for (let length = 0; length <= 255; length++) {
        const found = atom(letter.repeat(length));
        expect(decode(encode(found))).toBe(found);
        expect(decode(encode(found))).toBe(found);
      }
    }
  });

  test('a zero byte at the end counts', () => {
    for (const name of ['', '\0', '\0\0', '\0\0\0', '\0\0\0\0', 'a', 'a\0', 'abcd', 'abcd\0', 'abc\0\0']) {
      expect(decode(encoded(Buffer.from(name)))).toBe(atom(name));
    }
  });

  test('are refused each time when their bytes are no name, whatever came before', () => {
    const bad = [
      Buffer.from([0xff]),
      Buffer.from([0xc3]),
      Buffer.from('a'.repeat(256)),
      Buffer.from([0xed, 0xa0, 0x80]),
    ];
    for (const name of bad) {
      for (let i = 0; i < 3; i++) {
        expect(codeOf(() => decode(encoded(name)))).toBe('decode_invalid');
        expect(decode(encoded(Buffer.from('ok')))).toBe(atom('ok'));
      }
    }
  });
});
