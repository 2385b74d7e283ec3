import { type ErrorCode, HiddenNodeError } from '../../../lib/errors.ts';

/** The coded error that a call throws; fails when it throws nothing or anything else. */
export function refusal(call: () => unknown): HiddenNodeError {
  try {
    call();
  } catch (error) {
    if (error instanceof HiddenNodeError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** The code of {@link refusal}. */
export function codeOf(call: () => unknown): ErrorCode {
  return refusal(call).code;
}

/** Bytes from numbers, text (as Latin-1) and other bytes, one after another. */
export function bytes(...parts: (number | string | Uint8Array)[]): Buffer {
  return Buffer.concat(
    parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part as string, 'latin1'))),
  );
}

/** A 32-bit number, big-endian. */
export function u32(value: number): Buffer {
  const four = Buffer.alloc(4);
  four.writeUInt32BE(value);
  return four;
}

/** `count` times the same bytes. */
export function repeated(count: number, part: Uint8Array): Buffer {
  return Buffer.alloc(count * part.length, part);
}
