import { MAX_INTEGER_BITS } from './limits.ts';

/**
 * Integers as little-endian bytes and back. Up to 64 bits go through a typed array; larger ones through hexadecimal text, which
 * JavaScript converts in time linear in its length.
 */

/** The most bytes that {@link MAX_INTEGER_BITS} bits take. */
export const MAX_INTEGER_BYTES = Math.ceil(MAX_INTEGER_BITS / 8);

const MAX_WORD = 0xffff_ffff_ffff_ffffn;

const scratch = new DataView(new ArrayBuffer(8));

/** The integer of the little-endian magnitude `[start, end)`: a number when it is safe, a bigint otherwise. */
export function integerFromBytes(buffer: Buffer, start: number, end: number, negative: boolean): number | bigint {
  let last = end;
  while (last > start && buffer[last - 1] === 0) last--;
  const length = last - start;
  if (length <= 6) {
    let value = 0;
    for (let i = last - 1; i >= start; i--) value = value * 256 + buffer[i];
    return negative && value !== 0 ? -value : value;
  }
  const magnitude = length <= 8 ? wordFromBytes(buffer, start, last) : hexFromBytes(buffer, start, last);
  const value = negative ? -magnitude : magnitude;
  return length === 7 && magnitude <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

function wordFromBytes(buffer: Buffer, start: number, end: number): bigint {
  scratch.setBigUint64(0, 0n, true);
  for (let i = start; i < end; i++) scratch.setUint8(i - start, buffer[i]);
  return scratch.getBigUint64(0, true);
}

function hexFromBytes(buffer: Buffer, start: number, end: number): bigint {
  const bigEndian = Buffer.from(buffer.subarray(start, end)).reverse();
  return BigInt(`0x${bigEndian.toString('hex')}`);
}

/** The magnitude of an integer as little-endian bytes without leading zeroes, or undefined when it is above the limit. */
export function magnitudeBytes(value: bigint): Buffer | undefined {
  const magnitude = value < 0n ? -value : value;
  return magnitude <= MAX_WORD ? bytesOfWord(magnitude) : bytesOfHex(magnitude.toString(16));
}

function bytesOfWord(magnitude: bigint): Buffer {
  scratch.setBigUint64(0, magnitude, true);
  let length = 8;
  while (length > 0 && scratch.getUint8(length - 1) === 0) length--;
  const bytes = Buffer.allocUnsafe(length);
  for (let i = 0; i < length; i++) bytes[i] = scratch.getUint8(i);
  return bytes;
}

function bytesOfHex(digits: string): Buffer | undefined {
  const bits = digits.length * 4 + 28 - Math.clz32(Number.parseInt(digits[0], 16));
  if (bits > MAX_INTEGER_BITS) return undefined;
  return Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex').reverse();
}
