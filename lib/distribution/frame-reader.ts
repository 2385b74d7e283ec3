/**
 * Cuts the stream of a connection into frames. What arrives stands in a slab that is reused at once, so only the
 * unfinished frame at its end is copied.
 */
import { HiddenNodeError } from '../errors.ts';

const LENGTH_BYTES = 4;

/** The buffer of an unfinished frame begins with at most this, and grows as bytes come, not as lengths are claimed. */
const FIRST_CLAIM = 64 * 1024;

/** Gets a frame without its length, `bytes[start .. end)`; an empty one is a tick. False ends the cutting. */
export type FrameHandler = (bytes: Buffer, start: number, end: number) => boolean;

function readLength(bytes: Buffer, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}

export class FrameReader {
  #unfinished: Buffer | undefined;
  #have = 0;

  /**
   * @param maxFrameBytes - the longest frame that is taken
   * @param onFrame - gets each frame; its bytes are only its during the call
   */
  constructor(
    private readonly maxFrameBytes: number,
    private readonly onFrame: FrameHandler,
  ) {}

  /** How many bytes of an unfinished frame are held. */
  get heldBytes(): number {
    return this.#have;
  }

  /**
   * Takes the next bytes of the stream.
   *
   * @throws `frame_too_large`; whatever the frame handler throws
   */
  push(bytes: Buffer, length: number): void {
    let position = 0;
    if (this.#unfinished !== undefined) {
      position = this.#complete(bytes, length);
      if (position < 0) return;
    }
    while (length - position >= LENGTH_BYTES) {
      const start = position + LENGTH_BYTES;
      const end = start + this.#check(readLength(bytes, position));
      if (end > length) break;
      if (!this.onFrame(bytes, start, end)) return;
      position = end;
    }
    if (position < length) this.#keep(bytes, position, length);
  }

  /** Adds to the unfinished frame, and hands it over once whole. Returns where the next frame starts, or -1. */
  #complete(bytes: Buffer, length: number): number {
    let position = 0;
    while (this.#have < LENGTH_BYTES) {
      if (position === length) return -1;
      this.#unfinished![this.#have++] = bytes[position++];
    }
    const whole = LENGTH_BYTES + this.#check(readLength(this.#unfinished!, 0));
    const count = Math.min(whole - this.#have, length - position);
    this.#makeRoom(count, whole);
    bytes.copy(this.#unfinished!, this.#have, position, position + count);
    this.#have += count;
    if (this.#have < whole) return -1;
    const frame = this.#unfinished!;
    this.#unfinished = undefined;
    this.#have = 0;
    return this.onFrame(frame, LENGTH_BYTES, whole) ? position + count : -1;
  }

  #keep(bytes: Buffer, position: number, length: number): void {
    const count = length - position;
    const claim = count >= LENGTH_BYTES ? LENGTH_BYTES + readLength(bytes, position) : LENGTH_BYTES;
    this.#unfinished = Buffer.allocUnsafeSlow(Math.max(count, LENGTH_BYTES, Math.min(claim, FIRST_CLAIM)));
    bytes.copy(this.#unfinished, 0, position, length);
    this.#have = count;
  }

  #makeRoom(count: number, whole: number): void {
    const needed = this.#have + count;
    const held = this.#unfinished!;
    if (needed <= held.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.min(whole, Math.max(needed, held.length * 2)));
    held.copy(larger, 0, 0, this.#have);
    this.#unfinished = larger;
  }

  #check(length: number): number {
    if (length <= this.maxFrameBytes) return length;
    throw new HiddenNodeError(
      'frame_too_large',
      `the peer announced a message of ${length} bytes, above the limit of ${this.maxFrameBytes}`,
      { bytes: length, maxFrameBytes: this.maxFrameBytes },
    );
  }
}
