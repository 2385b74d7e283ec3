/** Room for bytes that a peer has announced: made in few steps, and not before anything has come. */
import { describe, expect, test } from 'vitest';
import { GatheredBytes } from '../../../lib/distribution/gathered-bytes.ts';

const MEBIBYTE = 1024 * 1024;

/** Adds so many bytes in pieces of one read, and returns the sizes of the buffers that they stood in. */
function gather(total: number, claim: number, piece = 256 * 1024): number[] {
  const bytes = Buffer.alloc(piece, 'abcdefg');
  const gathered = new GatheredBytes(Math.min(piece, total), claim);
  const sizes = [gathered.bytes.length];
  for (let at = 0; at < total; at += piece) {
    gathered.add(bytes, 0, Math.min(piece, total - at), claim);
    if (gathered.bytes.length !== sizes.at(-1)) sizes.push(gathered.bytes.length);
  }
  expect(gathered.length).toBe(total);
  for (let at = 0; at < total; at += piece) {
    const end = Math.min(at + piece, total);
    expect(gathered.bytes.subarray(at, end).equals(bytes.subarray(0, end - at))).toBe(true);
  }
  return sizes;
}

describe('GatheredBytes', () => {
  test('has exactly the room that was claimed in the end, after few steps', () => {
    expect(gather(100, 100)).toEqual([100]);
    expect(gather(70_000, 70_000, 10_000)).toEqual([70_000]);
    expect(gather(70_000, 70_000, 100)).toEqual([65_536, 70_000]);
    expect(gather(3_000_000, 3_000_000, 1_000)).toEqual([65_536, 3_000_000]);
    expect(gather(100 * MEBIBYTE, 100 * MEBIBYTE)).toEqual([4 * MEBIBYTE, 100 * MEBIBYTE]);
    expect(gather(10 * MEBIBYTE, 10 * MEBIBYTE, 1_000)).toEqual([65_536, 4 * MEBIBYTE, 10 * MEBIBYTE]);
  });

  test('believes little of a claim before as much has come', () => {
    for (const coming of [1, 5, 1_000]) expect(new GatheredBytes(coming, 2 ** 32).bytes.length).toBe(65_536);
    expect(new GatheredBytes(5, 2 ** 32, 0).bytes.length).toBe(320);
    expect(new GatheredBytes(10_000, 2 ** 32).bytes.length).toBe(640_000);
    expect(new GatheredBytes(4 * MEBIBYTE - 1, 2 ** 32).bytes.length).toBe(4 * MEBIBYTE);
  });

  test('a hundred thousand peers that claim a great deal and send nothing take up little', () => {
    const before = process.memoryUsage.rss();
    const all = Array.from({ length: 100_000 }, () => {
      const gathered = new GatheredBytes(5, 128 * MEBIBYTE, 0);
      gathered.add(Buffer.from('12345'), 0, 5, 128 * MEBIBYTE);
      return gathered;
    });
    expect(all).toHaveLength(100_000);
    expect(process.memoryUsage.rss() - before).toBeLessThan(200 * MEBIBYTE);
  });

  test('grows by doubling when more comes than was claimed', () => {
    const sizes = gather(20 * MEBIBYTE, 1000);
    expect(sizes.length).toBeLessThan(8);
  });

  test.skipIf(process.env.LD_PRELOAD?.includes('asan'))('room that is not used is no memory', () => {
    const before = process.memoryUsage.rss();
    const gathered = new GatheredBytes(4 * MEBIBYTE, 2 ** 32 - 1);
    gathered.add(Buffer.alloc(4 * MEBIBYTE), 0, 4 * MEBIBYTE, 2 ** 32 - 1);
    expect(gathered.bytes.length).toBe(2 ** 32 - 1);
    expect(process.memoryUsage.rss() - before).toBeLessThan(100 * MEBIBYTE);
  });
});
