/**
 * Writes distribution frames one behind another, in the form that the peer understands, and large messages in fragments.
 * Erlang documentation: "Distribution Protocol", "Protocol between Connected Nodes".
 */
import { type Chunk, ChunkCursor } from '../carrier/chunk.ts';
import { HiddenNodeError } from '../errors.ts';
import { VERSION } from '../term/tags.ts';
import { fragmentsOf, wholeBytes } from './fragments.ts';
import { HEADER, HEADER_BYTES, LENGTH_BYTES, LONGEST_FRAME, PASS_THROUGH, PLAIN_BYTES } from './frame-form.ts';
import { SlabWriter } from './slab-writer.ts';

export interface FrameWriterOptions {
  /** Binaries of at least this many bytes are not copied. */
  zeroCopyBytes: number;
  /** The longest message, in bytes: what would be its frame without the length, were it in one. */
  maxFrameBytes: number;
  /** A peer that is silent for this long, in milliseconds, is down. */
  netTickTime: number;
}

/** A frame that was written before it was known what the peer understands. */
interface Early {
  /** Without its length. */
  bytes: number;
  controlBytes: number;
}

export class FrameWriter extends SlabWriter {
  /** Frames written and not yet taken. */
  frames = 0;
  /** Whether frames have a distribution header; before it is known what the peer understands, as those for Erlang nodes. */
  #headers = true;
  /** Absent once it is known. */
  #early: Early[] | undefined = [];
  /** Where the payload of the frame at hand begins; 0: it has none. */
  #payloadAt = 0;
  #sequence = 0;
  /** Longer messages go out in fragments, if they can. */
  readonly #wholeBytes: number;

  constructor({ zeroCopyBytes, maxFrameBytes, netTickTime }: FrameWriterOptions) {
    super(zeroCopyBytes, Math.min(maxFrameBytes, LONGEST_FRAME));
    this.#wholeBytes = wholeBytes(netTickTime);
  }

  /** Starts a frame; then write the control message, and the payload behind {@link beginPayload}. */
  begin(): void {
    // What is written of the other message would be lost.
    if (this.writing)
      throw new HiddenNodeError('not_a_term', 'a getter within a term sends a message to the same node');
    this.beginRecord();
    this.ensure(LENGTH_BYTES + HEADER_BYTES);
    const { buffer } = this;
    const start = this.offset + LENGTH_BYTES;
    if (this.#headers) {
      buffer[start] = VERSION;
      buffer[start + 1] = HEADER;
      buffer[start + 2] = 0;
      this.offset = start + HEADER_BYTES;
    } else {
      buffer[start] = PASS_THROUGH;
      buffer[start + 1] = VERSION;
      this.offset = start + PLAIN_BYTES;
    }
    this.#payloadAt = 0;
  }

  /** What is written from now on is the payload. */
  beginPayload(): void {
    this.#payloadAt = this.recordBytes;
    if (!this.#headers) this.writeVersion();
  }

  /**
   * Ends the frame, which only now counts. A frame that is not ended is overwritten by the next. Returns by how much more bytes wait.
   *
   * @throws `message_too_large`
   */
  finish(): number {
    const bytes = this.recordBytes - LENGTH_BYTES;
    if (bytes > this.maxBytes) {
      this.abandon();
      throw this.tooLarge(bytes);
    }
    const early = this.#early;
    if (early !== undefined) early.push({ bytes, controlBytes: this.#controlBytes(bytes) });
    this.frames++;
    if (bytes > this.#wholeBytes && this.#canBeCut) return this.#cut(bytes);
    this.endRecord(bytes);
    return bytes + LENGTH_BYTES;
  }

  /** What the frame at hand holds so far, copied, to be repeated by {@link repeat}. It must be short. */
  written(): Buffer {
    return Buffer.from(this.buffer.subarray(this.base + LENGTH_BYTES + this.#startBytes, this.offset));
  }

  /** Writes what an earlier frame began with. */
  repeat(written: Buffer): void {
    this.writeBytes(written);
  }

  override take(): Chunk[] {
    this.frames = 0;
    return super.take();
  }

  /**
   * From now on it is known what the peer understands.
   *
   * @param headers - whether it announces FRAGMENTS
   */
  settle(headers: boolean): void {
    const early = this.#early;
    if (early === undefined) return;
    this.#early = undefined;
    this.#headers = headers;
    if (!headers || early.some(({ bytes }) => bytes > this.#wholeBytes)) this.#rewrite(early);
  }

  /** Only a payload can be cut, and only for a peer that can put it together. */
  get #canBeCut(): boolean {
    return this.#payloadAt > 0 && this.#early === undefined && this.#headers;
  }

  /** The frame goes out in fragments. Returns how many bytes they have. */
  #cut(bytes: number): number {
    const before = this.pendingBytes;
    const cursor = new ChunkCursor(this.takeRecord());
    cursor.take(LENGTH_BYTES + HEADER_BYTES);
    this.#sequence++;
    this.put(fragmentsOf(cursor, bytes - HEADER_BYTES, this.#controlBytes(bytes), this.#sequence));
    return this.pendingBytes - before;
  }

  /** Writes all frames again, now that it is known how. */
  #rewrite(early: readonly Early[]): void {
    const cursor = new ChunkCursor(this.take());
    this.#markAll(cursor.take(0));
    for (const { bytes, controlBytes } of early) {
      cursor.take(LENGTH_BYTES + HEADER_BYTES);
      const control = cursor.take(controlBytes);
      const payload = cursor.take(bytes - HEADER_BYTES - controlBytes);
      this.begin();
      for (const chunk of control) this.append(chunk);
      if (bytes > HEADER_BYTES + controlBytes) this.beginPayload();
      for (const chunk of payload) this.append(chunk);
      this.finish();
      this.#markAll([...control, ...payload]);
    }
  }

  #markAll(chunks: readonly Chunk[]): void {
    for (const { bytes, released } of chunks) if (released !== undefined) this.mark(() => released(bytes));
  }

  /** How much of a frame is before its control message, without the length. */
  get #startBytes(): number {
    return this.#headers ? HEADER_BYTES : PLAIN_BYTES;
  }

  #controlBytes(bytes: number): number {
    return (this.#payloadAt === 0 ? bytes : this.#payloadAt - LENGTH_BYTES) - this.#startBytes;
  }
}
