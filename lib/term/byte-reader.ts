// The global of this name is a getter, which would be called for each term.
import { Buffer } from 'node:buffer';
import { HiddenNodeError } from '../errors.ts';

const EMPTY = Buffer.alloc(0);

/** Reads bytes in order and never beyond the end that it was given. */
export class ByteReader {
  /** Where the next byte is read. */
  position = 0;

  protected buffer: Buffer = EMPTY;
  protected start = 0;
  protected end = 0;
  private view: DataView | undefined;

  /**
   * Reads `[start, end)` of `buffer` from now on. Nothing that is decoded refers to `buffer`, which may be reused afterwards, unless a
   * subclass says otherwise.
   *
   * @param buffer - the bytes
   * @param start - where they start; default 0
   * @param end - where they end; default the length of `buffer`
   * @throws HiddenNodeError `invalid_argument` when the range is not inside `buffer`
   */
  reset(buffer: Uint8Array, start = 0, end = buffer.length): void {
    if (!(start >= 0 && start <= end && end <= buffer.length)) {
      throw new HiddenNodeError('invalid_argument', 'the range to decode is not inside the buffer', { start, end });
    }
    if (buffer !== this.buffer) {
      this.buffer =
        buffer instanceof Buffer ? buffer : Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength);
      this.view = undefined;
    }
    this.start = start;
    this.position = start;
    this.end = end;
  }

  /** Lets go of the bytes, so that they can be collected. */
  release(): void {
    this.buffer = EMPTY;
    this.view = undefined;
    this.start = 0;
    this.position = 0;
    this.end = 0;
  }

  /** What reads floats out of `buffer`. Made when it is needed: that takes as long as a few floats. */
  protected floatView(): DataView {
    const { buffer } = this;
    this.view ??= new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
    return this.view;
  }

  /** True when everything was read. */
  get atEnd(): boolean {
    return this.position === this.end;
  }

  /** The next byte, not consumed: the tag of the term that comes next. */
  peekTag(): number {
    this.need(1);
    return this.buffer[this.position];
  }

  /** Throws unless `bytes` more can be read. */
  protected need(bytes: number): void {
    if (bytes > this.end - this.position) throw this.truncated(bytes);
  }

  // These look for themselves whether there is enough, because the compiler puts only so much into one place.

  protected readUint8(): number {
    const { position } = this;
    if (position >= this.end) throw this.truncated(1);
    this.position = position + 1;
    return this.buffer[position];
  }

  protected readUint16(): number {
    const { buffer, position } = this;
    if (this.end - position < 2) throw this.truncated(2);
    this.position = position + 2;
    return (buffer[position] << 8) | buffer[position + 1];
  }

  protected readInt32(): number {
    const { buffer, position } = this;
    if (this.end - position < 4) throw this.truncated(4);
    this.position = position + 4;
    return (buffer[position] << 24) | (buffer[position + 1] << 16) | (buffer[position + 2] << 8) | buffer[position + 3];
  }

  protected readUint32(): number {
    return this.readInt32() >>> 0;
  }

  /** Reads a 32-bit count of things that take at least `each` bytes and throws when the rest cannot hold that many. */
  protected readCount(each: number): number {
    const count = this.readUint32();
    if (count * each > this.end - this.position) throw this.truncated(count * each);
    return count;
  }

  protected truncated(needed: number): HiddenNodeError {
    const left = this.end - this.position;
    return new HiddenNodeError(
      'decode_truncated',
      `the term needs at least ${needed} bytes more, and ${left} are left`,
      {
        offset: this.position - this.start,
        needed,
        left,
      },
    );
  }

  /** The error for the byte before `position`, or for the value that was read up to there. */
  invalid(what: string): HiddenNodeError {
    const offset = this.position - this.start;
    return new HiddenNodeError('decode_invalid', `${what} (before byte ${offset})`, { offset });
  }

  protected beyondLimit(what: string, limit: number): HiddenNodeError {
    return new HiddenNodeError('decode_limit', `${what} is above the limit of ${limit}`, {
      limit,
      offset: this.position - this.start,
    });
  }
}
