import { deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { atom } from '../../../lib/term/atom.ts';
import { Decoder, decode } from '../../../lib/term/decoder.ts';
import { encode } from '../../../lib/term/encoder.ts';
import { float } from '../../../lib/term/float.ts';
import { Reference } from '../../../lib/term/reference.ts';
import type { EncodableTerm } from '../../../lib/term/term.ts';
import { tuple } from '../../../lib/term/tuple.ts';
import { bytes, codeOf, refusal, u32 } from './support.ts';

const node = atom('a@b');

describe('maps with a key twice', () => {
  const map = (keys: Uint8Array[]) =>
    bytes(131, 116, u32(keys.length), Buffer.concat(keys.map((key) => bytes(key, 106))));

  test.each([
    ['atoms', [bytes(119, 1, 'a'), bytes(115, 1, 'a')]],
    ['integers of different forms', [bytes(97, 1), bytes(98, u32(1))]],
    ['bigs', [encode(2n ** 80n).subarray(1), encode(2n ** 80n).subarray(1)]],
    ['binaries', [encode('k').subarray(1), encode('l').subarray(1), encode('k').subarray(1)]],
    ['empty lists', [bytes(106), bytes(107, 0, 0)]],
    ['tuples', [encode(tuple('a', 1)).subarray(1), encode(tuple('a', 1)).subarray(1)]],
    ['floats', [encode(float(1)).subarray(1), encode(float(1)).subarray(1)]],
    ['maps in another order', [encode({ a: 1, b: 2 }).subarray(1), encode({ b: 2, a: 1 }).subarray(1)]],
    [
      'references with and without a zero at the end',
      [encode(new Reference(node, 1, [5])).subarray(1), encode(new Reference(node, 1, [5, 0])).subarray(1)],
    ],
  ])('%s', (_, keys) => {
    expect(refusal(() => decode(map(keys))).message).toContain('same key twice');
  });

  test('binaries among many keys', () => {
    const keys = Array.from({ length: 1000 }, (_, i) => encode(`key ${i}`).subarray(1));
    decode(map(keys));
    expect(codeOf(() => decode(map([...keys, keys[500]])))).toBe('decode_invalid');
  });

  test('maps nested as keys of maps cost no more than their bytes allow', () => {
    let form = bytes(106);
    for (let i = 0; i < 1000; i++) form = bytes(116, u32(2), form, 106, 108, u32(1), 97, i & 255, 106, 106);
    const padded = bytes(131, form);
    const start = performance.now();
    expect(codeOf(() => decode(padded))).toBe('decode_limit');
    expect(performance.now() - start).toBeLessThan(2000);
  });

  test('integers that V8 hashes alike are refused before they cost much', () => {
    const keys = Array.from({ length: 100_000 }, (_, i) => encode((BigInt(i + 1) << 64n) | 5n).subarray(1));
    const start = performance.now();
    expect(codeOf(() => decode(map(keys)))).toBe('decode_limit');
    expect(performance.now() - start).toBeLessThan(2000);
  });

  test('many integers that follow a pattern are not taken for hostile', () => {
    const patterns = [(i: number) => i * 65_536, (i: number) => -i, (i: number) => BigInt(i) * 4_194_304n + 2n ** 62n];
    for (const pattern of patterns) {
      const value = new Map<EncodableTerm, EncodableTerm>(Array.from({ length: 50_000 }, (_, i) => [pattern(i), 1]));
      expect((decode(encode(value)) as Map<unknown, unknown>).size).toBe(50_000);
    }
  });
});

describe('compressed terms', () => {
  const compressed = (size: number, inside: Uint8Array) => bytes(131, 80, u32(size), deflateSync(inside));

  test('are read', () => {
    expect(decode(compressed(6, bytes(107, 0, 3, 1, 2, 3)))).toEqual([1, 2, 3]);
  });

  test('claim more than the limit', () => {
    expect(codeOf(() => decode(compressed(65 * 1024 * 1024, bytes(106))))).toBe('decode_limit');
  });

  test('respect a limit of the caller', () => {
    const form = compressed(2005, bytes(109, u32(2000), Buffer.alloc(2000)));
    decode(form, { maxDecompressedBytes: 2005 });
    expect(codeOf(() => decode(form, { maxDecompressedBytes: 2004 }))).toBe('decode_limit');
  });

  test('a bomb that inflates to more than it claims is stopped at the claim', () => {
    const bomb = compressed(1000, Buffer.alloc(200_000_000));
    const before = process.memoryUsage().rss;
    expect(codeOf(() => decode(bomb))).toBe('decode_invalid');
    expect(process.memoryUsage().rss - before).toBeLessThan(50_000_000);
  });

  test.each([
    ['less than they claim', compressed(7, bytes(107, 0, 3, 1, 2, 3))],
    ['nothing', compressed(0, Buffer.alloc(0))],
    ['a term and more', compressed(2, bytes(106, 106))],
    ['another compressed term', bytes(131, 80, u32(100), deflateSync(bytes(80, u32(1), deflateSync(bytes(106)))))],
    ['garbage', bytes(131, 80, u32(5), 'garbage')],
    ['a stream that ends early', compressed(6, bytes(107, 0, 3, 1, 2, 3)).subarray(0, -3)],
  ])('that hold %s are refused', (_, form) => {
    expect(codeOf(() => decode(form))).toBe('decode_invalid');
  });

  test('are refused inside another term', () => {
    expect(codeOf(() => decode(bytes(131, 104, 1, 80, u32(1), deflateSync(bytes(106)))))).toBe('decode_invalid');
  });

  test('are skipped', () => {
    const decoder = new Decoder();
    decoder.reset(bytes(compressed(6, bytes(107, 0, 3, 1, 2, 3)), 97, 8));
    decoder.readVersion();
    decoder.skipTerm();
    expect(decoder.readTerm()).toBe(8);
  });

  test('end where their stream ends', () => {
    const decoder = new Decoder();
    decoder.reset(bytes(compressed(2, bytes(97, 7)), 97, 8));
    decoder.readVersion();
    expect([decoder.readTerm(), decoder.readTerm(), decoder.atEnd]).toEqual([7, 8, true]);
  });
});

describe('integers of very many bits', () => {
  const big = (length: number, last: number) => bytes(131, 111, u32(length), 0, Buffer.alloc(length - 1), last);

  test('the largest one passes', () => {
    const form = big(524_288, 0x7f);
    expect(encode(decode(form) as bigint)).toEqual(form);
  });

  test('one bit more is refused', () => {
    expect(codeOf(() => decode(big(524_288, 0x80)))).toBe('decode_limit');
  });

  test('a hundred megabytes are refused at once', () => {
    const form = big(100_000_000, 1);
    const start = performance.now();
    expect(codeOf(() => decode(form))).toBe('decode_limit');
    expect(performance.now() - start).toBeLessThan(500);
  });
});
