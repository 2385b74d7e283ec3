/** Strict UTF-8: what Erlang refuses is refused here, never replaced by U+FFFD. */

import { SHORT_TEXT_BYTES, shortText } from './short-text.ts';

const REPLACEMENT = '\ufffd';

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Node.js 20 has `isWellFormed`; the ES2023 declarations do not. */
interface WellFormed {
  isWellFormed(): boolean;
}

/** False when `text` holds half of a surrogate pair, which no UTF-8 can hold. */
export function isWellFormed(text: string): boolean {
  return (text as unknown as WellFormed).isWellFormed();
}

/** True when no byte in `[start, end)` is above 127. */
export function isAscii(buffer: Uint8Array, start: number, end: number): boolean {
  let seen = 0;
  for (let i = start; i < end; i++) seen |= buffer[i];
  return seen < 0x80;
}

/** The text in `[start, end)`, or undefined when the bytes are not valid UTF-8. */
export function decodeUtf8(buffer: Buffer, start: number, end: number): string | undefined {
  const length = end - start;
  if (length <= SHORT_TEXT_BYTES && isAscii(buffer, start, end)) return shortText(buffer, start, length);
  const text = buffer.toString(undefined, start, end);
  // It stands for bytes that are not valid, but may also have been sent.
  return text.includes(REPLACEMENT) ? decodeStrictly(buffer, start, end) : text;
}

function decodeStrictly(buffer: Buffer, start: number, end: number): string | undefined {
  try {
    return strict.decode(buffer.subarray(start, end));
  } catch {
    return undefined;
  }
}

/** Code points in `text`, counted no further than `limit + 1`. */
export function countCodePoints(text: string, limit: number): number {
  if (text.length <= limit) {
    let pairs = 0;
    for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xdc00) pairs++;
    return text.length - pairs;
  }
  let count = 0;
  for (const _ of text) if (++count > limit) break;
  return count;
}
