/**
 * What waits to be written, in order. It keeps references to the arrays, not to their memory: whoever they belong to may detach or
 * shrink them meanwhile. So they are looked at anew each time, and what has gone away is replaced by zeros, because the peer has been
 * told how many bytes come.
 */
import { type Chunk, release } from './chunk.ts';

/** Stands in for bytes that are not there any more. */
const ZEROS = Buffer.alloc(64 * 1024);

/** So many chunks that are done stay in the list before it is cut. */
const DONE_CHUNKS = 256;

export class WriteQueue {
  /** How many bytes wait. */
  bytes = 0;
  #chunks: Chunk[] = [];
  /** The first chunk that is not done, and how far it is. */
  #first = 0;
  #position = 0;

  /** An empty chunk is done once everything before it is. */
  add(chunks: readonly Chunk[]): void {
    for (const chunk of chunks) {
      const length = chunk.end - chunk.start;
      if (length === 0 && this.bytes === 0) {
        chunk.released?.(chunk.bytes);
        continue;
      }
      if (this.#first === this.#chunks.length) this.#position = chunk.start;
      this.#chunks.push(chunk);
      this.bytes += length;
    }
  }

  /**
   * What comes next, to be used at once.
   *
   * @param mostBytes - at most so many bytes of it
   * @param mostPieces - at most so many arrays
   */
  next(mostBytes: number, mostPieces: number): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    let left = Math.min(mostBytes, this.bytes);
    let position = this.#position;
    for (let i = this.#first; left > 0 && pieces.length < mostPieces; ) {
      const { bytes, end } = this.#chunks[i]!;
      const piece = view(bytes, position, Math.min(end, position + left));
      if (piece.length > 0) pieces.push(piece);
      left -= piece.length;
      position += piece.length;
      if (position === end) position = this.#chunks[++i]?.start ?? 0;
    }
    return pieces;
  }

  /** The next so many bytes are written. */
  advance(count: number): void {
    this.bytes -= count;
    this.#position += count;
    for (;;) {
      const chunk = this.#chunks[this.#first];
      if (chunk === undefined || this.#position < chunk.end) break;
      const beyond = this.#position - chunk.end;
      this.#first++;
      this.#position = (this.#chunks[this.#first]?.start ?? 0) + beyond;
      chunk.released?.(chunk.bytes);
    }
    this.#cut();
  }

  /** Nothing of it will be written. */
  clear(): void {
    const waiting = this.#chunks.slice(this.#first);
    this.#chunks = [];
    this.#first = 0;
    this.#position = 0;
    this.bytes = 0;
    release(waiting);
  }

  #cut(): void {
    if (this.#first === this.#chunks.length) this.#chunks = [];
    else if (this.#first > DONE_CHUNKS) this.#chunks.splice(0, this.#first);
    else return;
    this.#first = 0;
  }
}

/** The range, or zeros in its place: then it may be less. */
function view(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const { buffer, byteOffset } = bytes;
  // The array itself cannot be asked: in optimised code of V8 11 its length stays what it was when its buffer is taken away.
  if (byteOffset + end <= buffer.byteLength) return Buffer.from(buffer, byteOffset + start, end - start);
  return ZEROS.subarray(0, end - start);
}
