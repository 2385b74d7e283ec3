/** Results of `encode` are pieces of shared memory: none may change, or keep much alive. */
import { describe, expect, test } from 'vitest';
import { Encoder, encode, preencode } from '../../../lib/term/encoder.ts';
import type { EncodableTerm } from '../../../lib/term/term.ts';
import { tuple } from '../../../lib/term/tuple.ts';
import { codeOf } from './support.ts';

/** The same bytes, from an encoder that shares nothing. */
function alone(term: EncodableTerm): Buffer {
  const encoder = new Encoder();
  encoder.writeVersion();
  encoder.writeTerm(term);
  return Buffer.from(encoder.buffer.subarray(0, encoder.offset));
}

/** Sizes on both sides of every limit, in an order that mixes them. */
const SIZES = [3, 60_000, 500, 1, 505, 506, 507, 9000, 40, 8185, 8186, 8187, 70_000, 512, 4096, 30, 200_000, 2, 65_500];

describe('the results of encode', () => {
  test('stay as they are, whatever is encoded after them', () => {
    const terms = Array.from({ length: 400 }, (_, i) => Buffer.alloc(SIZES[i % SIZES.length]! + (i >> 5), i));
    const results = terms.map((term) => encode(term));
    results.forEach((result, i) => {
      expect(result.equals(alone(terms[i]!)), `result ${i}`).toBe(true);
    });
  });

  test('stay as they are when a term grows piece by piece past every limit', () => {
    const terms = Array.from({ length: 300 }, (_, i) => {
      return Array.from({ length: (i * 37) % 3000 }, (_, n) => tuple(n + i, `text ${n}`));
    });
    const results = terms.map((term) => encode(term));
    results.forEach((result, i) => {
      expect(result.equals(alone(terms[i]!)), `result ${i}`).toBe(true);
    });
  });

  test('are ordinary Buffers that start at multiples of eight', () => {
    for (const size of SIZES) {
      const result = encode(Buffer.alloc(size));
      expect(Object.getPrototypeOf(result)).toBe(Buffer.prototype);
      expect(result.byteOffset % 8).toBe(0);
    }
  });

  test('keep little more alive than themselves', () => {
    for (let i = 0; i < 3000; i++) {
      const result = encode(Buffer.alloc(SIZES[i % SIZES.length]!));
      const kept = result.buffer.byteLength;
      const most = result.length < 8192 ? Math.min(65_536, Math.max(8192, 64 * result.length)) : result.length;
      expect(kept, `${result.length} bytes`).toBeLessThanOrEqual(most);
    }
  });

  test('can be changed without changing others', () => {
    const first = encode('first');
    const second = encode('second');
    const copy = Buffer.from(second);
    first.fill(0);
    expect(second.equals(copy)).toBe(true);
    expect(encode('second').equals(copy)).toBe(true);
  });

  test('are right when a getter encodes in between', () => {
    let inner: Buffer = Buffer.alloc(0);
    const term = (depth: number): EncodableTerm =>
      Object.defineProperty({ before: 1 }, 'inner', {
        enumerable: true,
        get: () => {
          if (depth > 0) inner = encode(term(depth - 1));
          return 'x'.repeat(depth);
        },
      }) as unknown as EncodableTerm;
    const outer = encode(term(3));
    expect(outer.equals(alone({ before: 1, inner: 'xxx' }))).toBe(true);
    expect(inner.equals(alone({ before: 1, inner: 'xx' }))).toBe(true);
  });

  test('are right after a term that was none, also a large one', () => {
    const none = { large: Buffer.alloc(300_000), none: Symbol('none') } as unknown as EncodableTerm;
    const kept = encode('kept');
    const copy = Buffer.from(kept);
    for (let i = 0; i < 3; i++) {
      expect(codeOf(() => encode(none))).toBe('not_a_term');
      expect(encode({ a: i }).equals(alone({ a: i }))).toBe(true);
    }
    expect(kept.equals(copy)).toBe(true);
  });
});

describe('preencode', () => {
  test.each([10, 100, 1000, 9000, 70_000, 300_000])('holds to a limit of %i bytes', (limit) => {
    // Five bytes before the binary, and the version byte.
    expect(() => preencode(Buffer.alloc(limit - 6), limit)).not.toThrow();
    expect(codeOf(() => preencode(Buffer.alloc(limit), limit))).toBe('message_too_large');
    expect(() => encode(Buffer.alloc(limit))).not.toThrow();
  });
});
