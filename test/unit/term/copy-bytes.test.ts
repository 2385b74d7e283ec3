import { describe, expect, test } from 'vitest';
import { copyApart, copyBytes } from '../../../lib/term/copy-bytes.ts';

const source = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7 + (i >> 8)) & 0xff));
const LENGTHS = [0, 1, 24, 25, 64, 65, 100, 127, 128, 341, 342, 511, 512, 1000, 1024, 4095, 4096, 8191, 8192, 50_000];

describe('copyBytes', () => {
  test.each(LENGTHS)('copies %i bytes, which later copies leave alone', (length) => {
    const copies = Array.from({ length: 100 }, (_, i) => copyBytes(source, i, i + length));
    copies.forEach((copy, i) => {
      expect(Buffer.isBuffer(copy)).toBe(true);
      expect(copy.equals(source.subarray(i, i + length))).toBe(true);
    });
    copies[50]!.fill(0);
    expect(copies[49]!.equals(source.subarray(49, 49 + length))).toBe(true);
    expect(copies[51]!.equals(source.subarray(51, 51 + length))).toBe(true);
  });

  test('a copy is an ordinary Buffer', () => {
    for (const length of LENGTHS) {
      expect(Object.getPrototypeOf(copyBytes(source, 0, length))).toBe(Buffer.prototype);
      expect(copyBytes(source, 0, length).byteOffset % 8).toBe(0);
    }
  });

  test('what a copy keeps alive is bounded by its own size', () => {
    for (let length = 0; length <= 10_000; length++) {
      const kept = copyBytes(source, 0, length).buffer.byteLength;
      expect(kept, `of ${length} bytes`).toBeLessThanOrEqual(
        length <= 64 || length >= 8192 ? length : Math.min(64 * 1024, Math.max(4096, 48 * length)),
      );
    }
  });
});

test('copyApart shares its memory with nothing', () => {
  for (const length of [1, 16, 300]) {
    const copy = copyApart(source.subarray(5, 5 + length));
    expect(copy.equals(source.subarray(5, 5 + length))).toBe(true);
    expect(copy.buffer.byteLength).toBe(length);
  }
});
