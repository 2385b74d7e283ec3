import { constants } from 'node:buffer';
import { HiddenNodeError } from '../errors.ts';

/** Up to this many bytes a loop is faster than a call into the runtime. */
const SHORT = 32;

/** A growing buffer that terms are written into. */
export class ByteWriter {
  /** What is written so far stands before {@link ByteWriter.offset}. Replaced when it grows. */
  buffer: Buffer;

  /** Where the next byte goes. */
  offset = 0;

  /**
   * Where the unfinished piece of output starts: a {@link ByteWriter.grow} that moves bytes to another place must move `base` by
   * as much, because places to be filled in later are remembered as distances from it.
   */
  protected base = 0;

  /** More than this is not written, within a kilobyte. */
  maxBytes = Number.POSITIVE_INFINITY;

  /** How many sizes are still to be filled in. While it is not zero, everything after `base` must stay contiguous in `buffer`. */
  protected unfilled = 0;

  /** @param initialBytes - the size of the first buffer */
  constructor(initialBytes = 1024) {
    this.buffer = Buffer.allocUnsafeSlow(initialBytes);
  }

  /**
   * Makes room for `bytes` more at `offset`. It may replace `buffer` and change `offset` and `base`: read them again afterwards.
   *
   * @param bytes - how many
   */
  ensure(bytes: number): void {
    if (this.offset + bytes > this.buffer.length) this.grow(bytes);
  }

  /**
   * Called when `needed` bytes do not fit after `offset`; must leave room for them. A subclass may put what was written elsewhere,
   * as long as the bytes from `base` to `offset` stay together.
   */
  protected grow(needed: number): void {
    const least = this.offset - this.base + needed;
    if (least > constants.MAX_LENGTH) {
      throw new HiddenNodeError('not_a_term', `the encoded term is larger than ${constants.MAX_LENGTH} bytes`);
    }
    if (least > this.maxBytes) throw this.tooLarge(least);
    const larger = Buffer.allocUnsafeSlow(Math.min(constants.MAX_LENGTH, Math.max(least, this.buffer.length * 2)));
    this.buffer.copy(larger, 0, this.base, this.offset);
    this.buffer = larger;
    this.offset -= this.base;
    this.base = 0;
  }

  /** The error for a term of at least so many bytes. */
  protected tooLarge(bytes: number): HiddenNodeError {
    const message = `the encoded term has ${bytes} bytes or more, above the limit of ${this.maxBytes}`;
    return new HiddenNodeError('message_too_large', message, { bytes, maxFrameBytes: this.maxBytes });
  }

  /** Writes bytes as they are. */
  protected writeBytes(bytes: Uint8Array): void {
    const length = bytes.length;
    if (length > SHORT) return this.writeManyBytes(bytes);
    this.ensure(length);
    const { buffer, offset } = this;
    for (let i = 0; i < length; i++) buffer[offset + i] = bytes[i];
    this.offset = offset + length;
  }

  /** The same for more than a few. A subclass that hands them on without copying must not do so while `unfilled` is not zero. */
  protected writeManyBytes(bytes: Uint8Array): void {
    const { length } = bytes;
    this.ensure(length);
    this.buffer.set(bytes, this.offset);
    this.offset += length;
  }

  /** Writes one byte. */
  protected writeUint8(value: number): void {
    this.ensure(1);
    this.buffer[this.offset++] = value;
  }

  /** Writes a tag byte and an unsigned 32-bit number. */
  protected writeTagged32(tag: number, value: number): void {
    this.ensure(5);
    const { buffer, offset } = this;
    buffer[offset] = tag;
    buffer[offset + 1] = value >>> 24;
    buffer[offset + 2] = value >>> 16;
    buffer[offset + 3] = value >>> 8;
    buffer[offset + 4] = value;
    this.offset = offset + 5;
  }

  /** Writes an unsigned 32-bit number. */
  protected writeUint32(value: number): void {
    this.ensure(4);
    const { buffer, offset } = this;
    buffer[offset] = value >>> 24;
    buffer[offset + 1] = value >>> 16;
    buffer[offset + 2] = value >>> 8;
    buffer[offset + 3] = value;
    this.offset = offset + 4;
  }
}
