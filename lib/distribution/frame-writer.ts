/**
 * Writes distribution frames one behind another into slabs, and gives the slabs to a carrier. A large binary is not copied: it
 * stands between two pieces of a slab, as what it is.
 *
 * A frame is a length of four bytes, the byte 112 ("pass through"), a control message and, for some, a payload; both are
 * terms with their version byte. Erlang documentation: "Distribution Protocol", "Protocol between Connected Nodes".
 */
import type { Chunk } from '../carrier/chunk.ts';
import { HiddenNodeError } from '../errors.ts';
import { Encoder } from '../term/encoder.ts';
import { recycle, takeSlab } from './slabs.ts';

const PASS_THROUGH = 112;
const LENGTH_BYTES = 4;

/** What the length of a frame can say. */
const LONGEST_FRAME = 0xffff_ffff;

/** The beginning of a frame up to this size stays together when a slab is full; what is longer goes on in the next slab. */
const TOGETHER_BYTES = 4096;

/** The slabs of a large frame grow up to this size. */
const LARGEST_SLAB = 1024 * 1024;

/** The encoder asks for room for so many bytes more than it may need. */
const EXCESS = 1024;

const NO_SLAB = Buffer.alloc(0);

const RECYCLE = (slab: Uint8Array): void => recycle(slab as Buffer);

export interface FrameWriterOptions {
  /** Binaries of at least this many bytes are not copied. */
  zeroCopyBytes: number;
  /** The longest frame, in bytes without its length. */
  maxFrameBytes: number;
}

export class FrameWriter extends Encoder {
  /** Frames written and not yet taken. */
  frames = 0;
  readonly #zeroCopyBytes: number;
  readonly #maxFrameBytes: number;
  /** Whole frames, up to those that are still in the slab. */
  #done: Chunk[] = [];
  #doneBytes = 0;
  /** Where those begin in the slab. */
  #from = 0;
  /** What the unfinished frame begins with, before {@link ByteWriter.base}, when it is not all in one piece. */
  #parts: Chunk[] = [];
  #partBytes = 0;

  constructor({ zeroCopyBytes, maxFrameBytes }: FrameWriterOptions) {
    super({}, 0);
    this.#zeroCopyBytes = zeroCopyBytes;
    this.#maxFrameBytes = Math.min(maxFrameBytes, LONGEST_FRAME);
    this.buffer = NO_SLAB;
  }

  /** Bytes of whole frames that wait to be taken. */
  get pendingBytes(): number {
    return this.#doneBytes + this.base - this.#from;
  }

  /** Starts a frame; then write the control message with its version byte, and the payload likewise. */
  begin(): void {
    if (this.#parts.length > 0) this.abandon();
    this.offset = this.base;
    this.ensure(LENGTH_BYTES + 1);
    this.buffer[this.offset + LENGTH_BYTES] = PASS_THROUGH;
    this.offset += LENGTH_BYTES + 1;
  }

  /**
   * Ends the frame, which only now counts. A frame that is not ended is overwritten by the next. Returns its bytes.
   *
   * @throws `message_too_large`
   */
  finish(): number {
    const { buffer, base, offset } = this;
    const length = this.#partBytes + offset - base - LENGTH_BYTES;
    if (length > this.#maxFrameBytes) {
      this.abandon();
      throw this.#tooLarge(length);
    }
    if (this.#parts.length > 0) {
      const [{ bytes, start }] = this.#parts as [Chunk];
      writeLength(bytes, start, length);
      this.#done.push(...this.#parts);
      this.#doneBytes += this.#partBytes;
      this.#forgetParts();
    } else {
      writeLength(buffer, base, length);
    }
    this.base = offset;
    this.frames++;
    return length + LENGTH_BYTES;
  }

  /** What the unfinished frame holds so far, copied, to be repeated by {@link repeat}. It must be short. */
  written(): Buffer {
    return Buffer.from(this.buffer.subarray(this.base + LENGTH_BYTES + 1, this.offset));
  }

  /** Writes what an earlier frame began with. */
  repeat(written: Buffer): void {
    this.writeBytes(written);
  }

  /** True when much waits, so that sending need not wait for more. */
  get full(): boolean {
    return this.#done.length > 0;
  }

  /** Calls `released` when nobody needs what was written up to here any more. */
  mark(released: () => void): void {
    this.#forgetUnfinished();
    this.#setAside();
    this.#done.push({ bytes: NO_SLAB, start: 0, end: 0, released });
  }

  /** Gives every whole frame away, oldest first. */
  take(): Chunk[] {
    this.#forgetUnfinished();
    this.#leave(this.#done);
    const chunks = this.#done;
    this.#done = [];
    this.#doneBytes = 0;
    this.buffer = NO_SLAB;
    this.base = 0;
    this.offset = 0;
    this.#from = 0;
    this.frames = 0;
    return chunks;
  }

  /** The frame is not ended. */
  protected override abandon(): void {
    super.abandon();
    this.#forgetUnfinished();
  }

  protected override writeManyBytes(bytes: Uint8Array): void {
    if (bytes.length < this.#zeroCopyBytes || this.unfilled > 0) return super.writeManyBytes(bytes);
    this.#cut();
    this.#partBytes += bytes.length;
    this.#parts.push({ bytes, start: 0, end: bytes.length });
    this.#checkRoom(0);
  }

  /** The slab is full. */
  protected override grow(needed: number): void {
    this.#checkRoom(needed);
    if (this.unfilled === 0 && this.offset - this.base > TOGETHER_BYTES) this.#goOn(needed);
    else this.#move(needed);
  }

  /** What is there of the unfinished frame stays where it is, and the rest goes into another slab. */
  #goOn(needed: number): void {
    this.#cut();
    this.#leave(this.#parts);
    this.buffer = takeSlab(Math.max(needed, Math.min(this.#partBytes, LARGEST_SLAB)));
    this.base = 0;
    this.offset = 0;
    this.#from = 0;
  }

  /** The whole frames in the slab are set aside, and the unfinished one moves to the start of another. */
  #move(needed: number): void {
    const started = this.offset - this.base;
    // What grows again and again must double, or a large term would be copied once for every slab of it.
    const slab = takeSlab(started + Math.max(needed, this.unfilled > 0 ? started : 0));
    this.buffer.copy(slab, 0, this.base, this.offset);
    this.#leave(this.#parts.length > 0 ? this.#parts : this.#done);
    this.buffer = slab;
    this.base = 0;
    this.offset = started;
    this.#from = 0;
  }

  /** What follows of the unfinished frame need not stand behind what is there of it. */
  #cut(): void {
    const { buffer, base, offset } = this;
    if (this.#parts.length === 0) this.#setAside();
    if (offset > base) this.#parts.push({ bytes: buffer, start: base, end: offset });
    this.#partBytes += offset - base;
    this.base = offset;
    this.#from = offset;
  }

  /** The whole frames in the slab are a chunk of their own. */
  #setAside(): void {
    const { buffer, base } = this;
    const start = this.#from;
    if (base === start) return;
    this.#done.push({ bytes: buffer, start, end: base });
    this.#doneBytes += base - start;
    this.#from = base;
  }

  /** The slab is left to whoever reads it last. */
  #leave(chunks: Chunk[]): void {
    const { buffer, base } = this;
    const start = this.#from;
    if (base === 0) return recycle(buffer);
    chunks.push({ bytes: buffer, start, end: base, released: RECYCLE });
    if (chunks === this.#done) this.#doneBytes += base - start;
  }

  #forgetUnfinished(): void {
    const [first] = this.#parts;
    if (first === undefined) return;
    // A slab that was taken for it holds nothing else.
    this.base = first.bytes === this.buffer ? first.start : 0;
    this.#from = this.base;
    this.#forgetParts();
  }

  #forgetParts(): void {
    this.#parts = [];
    this.#partBytes = 0;
  }

  #checkRoom(needed: number): void {
    const length = this.#partBytes + this.offset - this.base - LENGTH_BYTES + needed;
    if (length - EXCESS > this.#maxFrameBytes) throw this.#tooLarge(length);
  }

  #tooLarge(bytes: number): HiddenNodeError {
    const maxFrameBytes = this.#maxFrameBytes;
    const message = `the message has ${bytes} bytes or more, above the limit of ${maxFrameBytes}`;
    return new HiddenNodeError('message_too_large', message, { bytes, maxFrameBytes });
  }
}

function writeLength(bytes: Uint8Array, at: number, length: number): void {
  bytes[at] = length >>> 24;
  bytes[at + 1] = length >>> 16;
  bytes[at + 2] = length >>> 8;
  bytes[at + 3] = length;
}
