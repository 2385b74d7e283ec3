/**
 * An encoder into slabs, which it gives away in chunks. What is written from {@link SlabWriter.beginRecord} on is a record, which counts once it
 * is ended. A large binary is not copied: it stands between two pieces of a slab, as what it is.
 */
import type { Chunk } from '../carrier/chunk.ts';
import { Encoder } from '../term/encoder.ts';
import { recycle, takeSlab } from './slabs.ts';

/** The beginning of a record up to this size stays in one piece when a slab is full; what is longer goes on in the next slab. */
const TOGETHER_BYTES = 4096;

/** The slabs of a large record grow up to this size. */
const LARGEST_SLAB = 1024 * 1024;

/** The encoder asks for room for at most so many bytes more than it needs. */
const EXCESS = 1024;

const NO_SLAB = Buffer.alloc(0);

const RECYCLE = (slab: Uint8Array): void => recycle(slab as Buffer);

export class SlabWriter extends Encoder {
  /** Whole records, up to those that are still in the slab. */
  #done: Chunk[] = [];
  #doneBytes = 0;
  /** Where those begin in the slab. */
  #from = 0;
  /** What the record at hand begins with, before {@link ByteWriter.base}, when it is not all in one piece. */
  #parts: Chunk[] = [];
  #partBytes = 0;

  /**
   * @param zeroCopyBytes - binaries of at least this many bytes are not copied
   * @param maxBytes - a record of many more bytes is refused while it is written
   */
  constructor(
    private readonly zeroCopyBytes: number,
    maxBytes: number,
  ) {
    super({}, 0);
    this.buffer = NO_SLAB;
    this.maxBytes = maxBytes;
  }

  /** Bytes of whole records that wait to be taken. */
  get pendingBytes(): number {
    return this.#doneBytes + this.base - this.#from;
  }

  /** True when much waits. */
  get full(): boolean {
    return this.#done.length > 0;
  }

  /** Calls `released` when nobody needs what was written up to here any more. */
  mark(released: () => void): void {
    this.#forgetRecord();
    this.#setAside();
    this.#done.push({ bytes: NO_SLAB, start: 0, end: 0, released });
  }

  /** Gives every whole record away, oldest first. */
  take(): Chunk[] {
    this.#forgetRecord();
    this.#leave(this.#done);
    const chunks = this.#done;
    this.#done = [];
    this.#doneBytes = 0;
    this.#enter(NO_SLAB, 0);
    return chunks;
  }

  /** Begins a record; one that was not ended leaves no trace. */
  protected beginRecord(): void {
    if (this.#parts.length > 0) this.abandon();
    this.offset = this.base;
  }

  /** How long the record is so far. */
  protected get recordBytes(): number {
    return this.#partBytes + this.offset - this.base;
  }

  /**
   * Ends the record.
   *
   * @param length - is written over its first four bytes
   */
  protected endRecord(length: number): void {
    if (this.#parts.length === 0) writeLength(this.buffer, this.base, length);
    else this.#endParts(length);
    this.base = this.offset;
  }

  #endParts(length: number): void {
    const [{ bytes, start }] = this.#parts as [Chunk];
    writeLength(bytes, start, length);
    this.put(this.#parts);
    this.#forgetParts();
  }

  /** Takes the record out, as if it had not been written. */
  protected takeRecord(): Chunk[] {
    this.#cut();
    const parts = this.#parts;
    this.#forgetParts();
    return parts;
  }

  /** Adds whole records that were written elsewhere. */
  protected put(chunks: readonly Chunk[]): void {
    for (const chunk of chunks) {
      this.#done.push(chunk);
      this.#doneBytes += chunk.end - chunk.start;
    }
  }

  /** The record is not ended. */
  protected override abandon(): void {
    super.abandon();
    this.#forgetRecord();
  }

  /** Adds bytes to the record that were written elsewhere. The chunk is not released. */
  protected append({ bytes, start, end }: Chunk): void {
    if (end - start < this.zeroCopyBytes) this.writeBytes(bytes.subarray(start, end));
    else this.#refer(bytes, start, end);
  }

  protected override writeManyBytes(bytes: Uint8Array): void {
    if (bytes.length < this.zeroCopyBytes || this.unfilled > 0) super.writeManyBytes(bytes);
    else this.#refer(bytes, 0, bytes.length);
  }

  /** The slab is full. */
  protected override grow(needed: number): void {
    this.#checkRoom(needed);
    if (this.unfilled === 0 && this.offset - this.base > TOGETHER_BYTES) this.#goOn(needed);
    else this.#move(needed);
  }

  #refer(bytes: Uint8Array, start: number, end: number): void {
    this.#cut();
    this.#parts.push({ bytes, start, end });
    this.#partBytes += end - start;
    this.#checkRoom(0);
  }

  /** What is there of the record stays where it is, and the rest goes into another slab. */
  #goOn(needed: number): void {
    this.#cut();
    this.#leave(this.#parts);
    this.#enter(takeSlab(Math.max(needed, Math.min(this.#partBytes, LARGEST_SLAB))), 0);
  }

  /** The whole records in the slab are set aside, and the one at hand moves to the start of another. */
  #move(needed: number): void {
    const started = this.offset - this.base;
    // What has to be in one piece and grows again and again must double, or it would be copied once for every slab of it.
    const slab = takeSlab(started + Math.max(needed, this.unfilled > 0 ? started : 0));
    this.buffer.copy(slab, 0, this.base, this.offset);
    this.#leave(this.#parts.length > 0 ? this.#parts : this.#done);
    this.#enter(slab, started);
  }

  #enter(slab: Buffer, offset: number): void {
    this.buffer = slab;
    this.base = 0;
    this.offset = offset;
    this.#from = 0;
  }

  /** What follows of the record need not stand behind what is there of it. */
  #cut(): void {
    const { buffer, base, offset } = this;
    if (this.#parts.length === 0) this.#setAside();
    if (offset > base) this.#parts.push({ bytes: buffer, start: base, end: offset });
    this.#partBytes += offset - base;
    this.base = offset;
    this.#from = offset;
  }

  /** The whole records in the slab are a chunk of their own. */
  #setAside(): void {
    const { buffer, base } = this;
    if (base > this.#from) this.put([{ bytes: buffer, start: this.#from, end: base }]);
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

  #forgetRecord(): void {
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
    const length = this.recordBytes + needed;
    if (length - EXCESS > this.maxBytes) throw this.tooLarge(length);
  }
}

function writeLength(bytes: Uint8Array, at: number, length: number): void {
  bytes[at] = length >>> 24;
  bytes[at + 1] = length >>> 16;
  bytes[at + 2] = length >>> 8;
  bytes[at + 3] = length;
}
