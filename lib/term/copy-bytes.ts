/**
 * Copies bytes out of an input buffer, so that what is decoded never keeps the input alive. Nor may it keep alive much else: a program
 * that keeps one value out of many would keep a piece of memory for each, so pieces that values share are small. What one value costs that
 * is kept alone, besides its object: nothing up to 64 bytes; up to 8 KiB at most 48 times its size, or 4 KiB; its size beyond.
 */

import { FastBuffer } from './fast-buffer.ts';
import { Slab } from './slab.ts';

/** Up to this many bytes a loop is faster than a call into the runtime. */
const SHORT = 24;

/** V8 keeps the bytes of arrays up to this size with the object, in its own heap. */
const IN_OBJECT = 64;

/** Memory of its own costs a few hundred nanoseconds: from here on copying costs as much. */
const LARGE = 8192;

/** Values of about the same size share a pool of about 32 of them: with fewer, renewing pools costs more than copying. */
const PER_POOL = 32;
const LEAST_POOL = 4096;
const LARGEST_POOL = 65_536;

/** What views of nothing are views of. */
const NOTHING = new ArrayBuffer(0);

/** Copies into memory that values of about the same size share. */
class Pool {
  #slab = new Slab(0);

  constructor(private readonly size: number) {}

  copy(buffer: Buffer, start: number, end: number): Buffer {
    const length = end - start;
    if (!this.#slab.holds(length)) this.#slab = new Slab(this.size);
    const { bytes, next } = this.#slab;
    bytes.set(part(buffer, start, length), next);
    return this.#slab.give(next + length);
  }
}

/** What `subarray` gives, in half the time. */
function part(buffer: Buffer, start: number, length: number): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset + start, length);
}

/** A pool for each power of two, so that what is short does not keep alive what is made for the long. */
const pools: readonly Pool[] = Array.from({ length: nearestPower(LARGE) + 1 }, (_, power) => {
  return new Pool(Math.min(Math.max(LEAST_POOL, PER_POOL * 2 ** power), LARGEST_POOL));
});

/** The exponent of a power of two of which `length` is at most a third off. */
function nearestPower(length: number): number {
  return 31 - Math.clz32(length + (length >>> 1));
}

/** A Buffer of the bytes `[start, end)`. */
export function copyBytes(buffer: Buffer, start: number, end: number): Buffer {
  const length = end - start;
  if (length > IN_OBJECT) return copyLong(buffer, start, end);
  if (length === 0) return new FastBuffer(NOTHING, 0, 0);
  const copy = new FastBuffer(length);
  if (length <= SHORT) for (let i = 0; i < length; i++) copy[i] = buffer[start + i];
  else copy.set(part(buffer, start, length));
  return copy;
}

function copyLong(buffer: Buffer, start: number, end: number): Buffer {
  const length = end - start;
  if (length < LARGE) return pools[nearestPower(length)]!.copy(buffer, start, end);
  const copy = Buffer.allocUnsafeSlow(length);
  copy.set(part(buffer, start, length));
  return copy;
}

/** A copy of bytes in memory that nothing else shares: slower, for what is rare or lives long. */
export function copyApart(bytes: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}
