/**
 * Cuts a large message into fragments, so that the peer hears of it all the time: an Erlang node counts whole frames only, and takes a
 * peer for silent while one is on its way.
 * Erlang documentation: "External Term Format", section "Distribution Header for fragmented messages".
 */
import type { Chunk, ChunkCursor } from '../carrier/chunk.ts';
import { VERSION } from '../term/tags.ts';
import { FIRST_FRAGMENT, FRAGMENT_BYTES, LENGTH_BYTES, NEXT_FRAGMENT } from './frame-form.ts';

/** A message up to this size is never cut. */
const LEAST_WHOLE_BYTES = 2 * FRAGMENT_BYTES;

/** How slow a connection may be, in bytes per millisecond, so that what is not cut does not take too long. */
const SLOWEST = 64;

/** How often within the net tick time a peer that sends all the time must be heard. */
const TICK_INTENSITY = 4;

/**
 * A message up to this size is not cut: putting it together costs the peer more than sending it whole.
 *
 * @param netTickTime - milliseconds
 */
export function wholeBytes(netTickTime: number): number {
  return Math.max(LEAST_WHOLE_BYTES, (netTickTime / TICK_INTENSITY) * SLOWEST);
}

const NEXT_HEADER_BYTES = LENGTH_BYTES + 1 + 1 + 8 + 8;
const FIRST_HEADER_BYTES = NEXT_HEADER_BYTES + 1;

/**
 * @param message - stands before control message and payload
 * @param bytes - how many these are
 * @param controlBytes - how many of them are the control message, which must be whole in the first fragment
 * @param sequence - tells the fragments from those of other messages of the link
 */
export function fragmentsOf(message: ChunkCursor, bytes: number, controlBytes: number, sequence: number): Chunk[] {
  const first = Math.min(bytes, Math.max(FRAGMENT_BYTES, controlBytes));
  const count = 1 + Math.ceil((bytes - first) / FRAGMENT_BYTES);
  const headers = Buffer.alloc(FIRST_HEADER_BYTES + (count - 1) * NEXT_HEADER_BYTES);
  const fragments: Chunk[] = [];
  for (let number = count, at = 0, left = bytes; number > 0; number--) {
    const isFirst = number === count;
    const size = isFirst ? first : Math.min(left, FRAGMENT_BYTES);
    const end = at + (isFirst ? FIRST_HEADER_BYTES : NEXT_HEADER_BYTES);
    headers.writeUInt32BE(end - at - LENGTH_BYTES + size, at);
    headers[at + LENGTH_BYTES] = VERSION;
    headers[at + LENGTH_BYTES + 1] = isFirst ? FIRST_FRAGMENT : NEXT_FRAGMENT;
    writeUint64(headers, sequence, at + LENGTH_BYTES + 2);
    writeUint64(headers, number, at + LENGTH_BYTES + 10);
    fragments.push({ bytes: headers, start: at, end }, ...message.take(size));
    at = end;
    left -= size;
  }
  return fragments;
}

function writeUint64(bytes: Buffer, value: number, at: number): void {
  bytes.writeUInt32BE(Math.floor(value / 0x1_0000_0000), at);
  bytes.writeUInt32BE(value >>> 0, at + 4);
}
