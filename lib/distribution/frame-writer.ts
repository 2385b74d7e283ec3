/**
 * Writes distribution frames one behind another into slabs, and gives the slabs to a carrier.
 *
 * A frame is a length of four bytes, the byte 112 ("pass through"), a control message and, for some, a payload; both are
 * terms with their version byte. Erlang documentation: "Distribution Protocol", "Protocol between Connected Nodes".
 */
import { Encoder } from '../term/encoder.ts';
import { recycle, takeSlab } from './slabs.ts';

const PASS_THROUGH = 112;
const LENGTH_BYTES = 4;

const NO_SLAB = Buffer.alloc(0);

/** A slab with whole frames in its first `end` bytes. */
export interface Chunk {
  bytes: Buffer;
  end: number;
}

export class FrameWriter extends Encoder {
  /** Frames written and not yet taken. */
  frames = 0;
  readonly #full: Chunk[] = [];
  #fullBytes = 0;

  constructor() {
    super({}, 0);
    this.buffer = NO_SLAB;
  }

  /** Bytes of whole frames that wait to be taken. */
  get pendingBytes(): number {
    return this.#fullBytes + this.base;
  }

  /** Starts a frame; then write the control message with its version byte, and the payload likewise. */
  begin(): void {
    this.offset = this.base;
    this.ensure(LENGTH_BYTES + 1);
    this.buffer[this.offset + LENGTH_BYTES] = PASS_THROUGH;
    this.offset += LENGTH_BYTES + 1;
  }

  /** Ends the frame, which only now counts. A frame that is not ended is overwritten by the next. Returns its bytes. */
  finish(): number {
    const { buffer, base, offset } = this;
    const length = offset - base - LENGTH_BYTES;
    buffer[base] = length >>> 24;
    buffer[base + 1] = length >>> 16;
    buffer[base + 2] = length >>> 8;
    buffer[base + 3] = length;
    this.base = offset;
    this.frames++;
    return length + LENGTH_BYTES;
  }

  /** What the unfinished frame holds so far, copied, to be repeated by {@link repeat}. */
  written(): Buffer {
    return Buffer.from(this.buffer.subarray(this.base + LENGTH_BYTES + 1, this.offset));
  }

  /** Writes what an earlier frame began with. */
  repeat(written: Buffer): void {
    this.writeBytes(written);
  }

  /** True when a whole slab waits, so that sending need not wait for more. */
  get slabIsFull(): boolean {
    return this.#full.length > 0;
  }

  /** Gives every whole frame away, oldest first. */
  take(): Chunk[] {
    const chunks = this.#full.splice(0);
    this.#fullBytes = 0;
    if (this.base > 0) chunks.push({ bytes: this.buffer, end: this.base });
    else recycle(this.buffer);
    this.buffer = NO_SLAB;
    this.base = 0;
    this.offset = 0;
    this.frames = 0;
    return chunks;
  }

  /** The slab is full: the whole frames in it are set aside, and the unfinished one moves to the start of another. */
  protected override grow(needed: number): void {
    const started = this.offset - this.base;
    // What grows again and again must double, or a large term would be copied once for every slab of it.
    const least = started + Math.max(needed, this.base === 0 ? started : 0);
    const slab = takeSlab(least);
    this.buffer.copy(slab, 0, this.base, this.offset);
    if (this.base > 0) {
      this.#full.push({ bytes: this.buffer, end: this.base });
      this.#fullBytes += this.base;
    } else {
      recycle(this.buffer);
    }
    this.buffer = slab;
    this.base = 0;
    this.offset = started;
  }
}
