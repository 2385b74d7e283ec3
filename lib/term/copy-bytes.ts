/** Copies bytes out of an input buffer, so that what is decoded never keeps the input alive. */

/** Up to this many bytes a loop is faster than a call into the runtime. */
const SHORT = 24;

/** Sizes from here to {@link LARGE} share a pool of their own: Node.js's pool of 8 KiB would have to be renewed every few copies. */
const MEDIUM = 512;
const LARGE = 8192;
const POOL_BYTES = 65_536;

let pool = Buffer.alloc(0);
let used = 0;

/** A Buffer of the bytes `[start, end)`. */
export function copyBytes(buffer: Buffer, start: number, end: number): Buffer {
  const length = end - start;
  if (length >= MEDIUM && length <= LARGE) return copyIntoPool(buffer, start, end);
  const copy = Buffer.allocUnsafe(length);
  if (length <= SHORT) for (let i = 0; i < length; i++) copy[i] = buffer[start + i];
  else buffer.copy(copy, 0, start, end);
  return copy;
}

function copyIntoPool(buffer: Buffer, start: number, end: number): Buffer {
  if (used + end - start > pool.length) {
    pool = Buffer.allocUnsafeSlow(POOL_BYTES);
    used = 0;
  }
  const first = used;
  const last = first + end - start;
  buffer.copy(pool, first, start, end);
  // Views start at multiples of eight, as in Node.js's own pool.
  used = (last + 7) & ~7;
  return pool.subarray(first, last);
}
