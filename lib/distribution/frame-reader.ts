/**
 * Cuts the stream of a connection into frames. What arrives stands in a slab that is reused at once, so only the
 * unfinished frame at its end is copied, and what cannot be taken yet.
 */
import { HiddenNodeError } from '../errors.ts';

const LENGTH_BYTES = 4;

/** The buffer of an unfinished frame begins with at most this, and grows as bytes come, not as lengths are claimed. */
const FIRST_CLAIM = 64 * 1024;

/**
 * Gets a frame without its length, `bytes[start .. end)`; an empty one is a tick. False: the frame cannot be taken now. It comes
 * again, and what follows it only then, when the reader is told to {@link FrameReader.resume}.
 */
export type FrameHandler = (bytes: Buffer, start: number, end: number) => boolean;

function readLength(bytes: Buffer, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}

export class FrameReader {
  #unfinished: Buffer | undefined;
  #have = 0;
  /** The frame that was not taken, and what came behind it. */
  #refused: Buffer[] = [];

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
    const position = this.#refused.length > 0 ? 0 : this.#cut(bytes, length);
    if (position < length) this.#refused.push(Buffer.from(bytes.subarray(position, length)));
  }

  /**
   * Hands over the frame again that was not taken, and what came behind it.
   *
   * @returns false when a frame was not taken again
   * @throws as {@link push}
   */
  resume(): boolean {
    const waiting = this.#refused;
    this.#refused = [];
    while (waiting.length > 0 && this.#refused.length === 0) {
      const bytes = waiting.shift()!;
      const position = this.#cut(bytes, bytes.length);
      if (position < bytes.length) this.#refused.push(bytes.subarray(position));
    }
    this.#refused.push(...waiting);
    return this.#refused.length === 0;
  }

  /** Hands over whole frames. Returns where the one starts that was not taken, or the length. */
  #cut(bytes: Buffer, length: number): number {
    let position = 0;
    if (this.#unfinished !== undefined) {
      position = this.#complete(bytes, length);
      if (this.#unfinished !== undefined || this.#refused.length > 0) return position;
    }
    while (length - position >= LENGTH_BYTES) {
      const start = position + LENGTH_BYTES;
      const end = start + this.#check(readLength(bytes, position));
      if (end > length) break;
      if (!this.onFrame(bytes, start, end)) return position;
      position = end;
    }
    if (position < length) this.#keep(bytes, position, length);
    return length;
  }

  /** Adds to the unfinished frame, and hands it over once whole. Returns where the next frame starts. */
  #complete(bytes: Buffer, length: number): number {
    let position = 0;
    while (this.#have < LENGTH_BYTES) {
      if (position === length) return length;
      this.#unfinished![this.#have++] = bytes[position++];
    }
    const whole = LENGTH_BYTES + this.#check(readLength(this.#unfinished!, 0));
    const count = Math.min(whole - this.#have, length - position);
    this.#makeRoom(count, whole);
    bytes.copy(this.#unfinished!, this.#have, position, position + count);
    this.#have += count;
    if (this.#have < whole) return length;
    const frame = this.#unfinished!.subarray(0, whole);
    this.#unfinished = undefined;
    this.#have = 0;
    if (!this.onFrame(frame, LENGTH_BYTES, whole)) this.#refused.push(frame);
    return position + count;
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
