/**
 * Cuts the stream of a connection into frames. What arrives stands in a slab that is reused at once, so only the
 * unfinished frame at its end is copied, and what cannot be taken yet.
 */
import { constants } from 'node:buffer';
import { HiddenNodeError } from '../errors.ts';
import { GatheredBytes } from './gathered-bytes.ts';

const LENGTH_BYTES = 4;

/** Takes the rest of a frame of which a part has come. */
export interface FrameRest {
  add(bytes: Buffer, start: number, end: number): void;
  /** All of it has come. Returns a frame, with its length, that must come again, if it cannot be taken now. */
  end(): Buffer | undefined;
}

export interface FrameHandler {
  /**
   * Gets a frame without its length, `bytes[start .. end)`; an empty one is a tick.
   *
   * @param kept - the bytes stay as they are after the call, for as long as anybody refers to them
   * @returns false when it cannot be taken now: it comes again, and what follows it only then, when the reader is told to
   *   {@link FrameReader.resume}
   */
  frame(bytes: Buffer, start: number, end: number, kept: boolean): boolean;
  /**
   * Gets the beginning of a frame of which the rest has not come, likewise.
   *
   * @returns what takes the rest; or undefined, if it is to be gathered and handed over as a whole
   */
  begin?(bytes: Buffer, start: number, end: number): FrameRest | undefined;
}

function readLength(bytes: Buffer, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}

export class FrameReader {
  #unfinished: GatheredBytes | undefined;
  /** What takes the rest of the unfinished frame in place of that, and how many bytes of it are missing. */
  #rest: FrameRest | undefined;
  #missing = 0;
  /** The frame that was not taken, and what came behind it. */
  #refused: Buffer[] = [];
  private readonly maxFrameBytes: number;

  /**
   * @param maxFrameBytes - the longest frame that is taken
   * @param handler - gets each frame
   */
  constructor(
    maxFrameBytes: number,
    private readonly handler: FrameHandler,
  ) {
    this.maxFrameBytes = Math.min(maxFrameBytes, constants.MAX_LENGTH - LENGTH_BYTES);
  }

  /** How many bytes of an unfinished frame are held here. */
  get heldBytes(): number {
    return this.#unfinished?.length ?? 0;
  }

  /**
   * Takes the next bytes of the stream.
   *
   * @throws `frame_too_large`; whatever the frame handler throws
   */
  push(bytes: Buffer, length: number): void {
    const position = this.#refused.length > 0 ? 0 : this.#cut(bytes, length, false);
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
      const position = this.#cut(bytes, bytes.length, true);
      if (position < bytes.length) this.#refused.push(bytes.subarray(position));
    }
    this.#refused.push(...waiting);
    return this.#refused.length === 0;
  }

  /** Hands over whole frames. Returns where the one starts that was not taken, or the length. */
  #cut(bytes: Buffer, length: number, kept: boolean): number {
    let position = 0;
    if (this.#rest !== undefined) position = this.#passOn(this.#rest, bytes, length);
    else if (this.#unfinished !== undefined) position = this.#complete(this.#unfinished, bytes, length);
    if (this.#isUnfinished || this.#refused.length > 0) return position;
    while (length - position >= LENGTH_BYTES) {
      const start = position + LENGTH_BYTES;
      const end = start + this.#check(readLength(bytes, position));
      if (end > length) break;
      if (!this.handler.frame(bytes, start, end, kept)) return position;
      position = end;
    }
    if (position < length) this.#keep(bytes, position, length);
    return length;
  }

  /** Adds to the unfinished frame, and hands it over once whole. Returns where the next frame starts. */
  #complete(unfinished: GatheredBytes, bytes: Buffer, length: number): number {
    let position = Math.min(length, Math.max(0, LENGTH_BYTES - unfinished.length));
    unfinished.add(bytes, 0, position, LENGTH_BYTES);
    if (unfinished.length < LENGTH_BYTES) return length;
    const whole = LENGTH_BYTES + this.#check(readLength(unfinished.bytes, 0));
    const end = Math.min(length, position + whole - unfinished.length);
    unfinished.add(bytes, position, end, whole);
    position = end;
    if (unfinished.length < whole) return length;
    this.#unfinished = undefined;
    const frame = unfinished.bytes.subarray(0, whole);
    if (!this.handler.frame(frame, LENGTH_BYTES, whole, true)) this.#refused.push(frame);
    return position;
  }

  /** Hands the bytes to whoever takes the rest of the unfinished frame. Returns where the next frame starts. */
  #passOn(rest: FrameRest, bytes: Buffer, length: number): number {
    const count = Math.min(this.#missing, length);
    rest.add(bytes, 0, count);
    this.#missing -= count;
    if (this.#missing > 0) return length;
    this.#rest = undefined;
    const again = rest.end();
    if (again !== undefined) this.#refused.push(again);
    return count;
  }

  get #isUnfinished(): boolean {
    return this.#unfinished !== undefined || this.#rest !== undefined;
  }

  #keep(bytes: Buffer, position: number, length: number): void {
    const count = length - position;
    const claim = count >= LENGTH_BYTES ? LENGTH_BYTES + readLength(bytes, position) : LENGTH_BYTES;
    if (count >= LENGTH_BYTES) this.#rest = this.handler.begin?.(bytes, position + LENGTH_BYTES, length);
    this.#missing = claim - count;
    if (this.#rest !== undefined) return;
    this.#unfinished = new GatheredBytes(count, claim);
    this.#unfinished.add(bytes, position, length, claim);
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
