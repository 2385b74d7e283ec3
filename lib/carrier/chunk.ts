/** A range of bytes that is to be sent, `bytes[start .. end)`. */
export interface Chunk {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Called once, with `bytes`, when nobody reads them any more: they are with the operating system, or will never be sent. */
  readonly released?: ((bytes: Uint8Array) => void) | undefined;
}

/** Bytes that nobody waits for. */
export function chunkOf(bytes: Uint8Array): Chunk {
  return { bytes, start: 0, end: bytes.length };
}

/** Nobody will read these bytes any more. */
export function release(chunks: Iterable<Chunk>): void {
  for (const { bytes, released } of chunks) released?.(bytes);
}

/** Takes chunks apart in order. */
export class ChunkCursor {
  #next = 0;
  #position: number;

  constructor(private readonly chunks: readonly Chunk[]) {
    this.#position = chunks[0]?.start ?? 0;
  }

  /** The next so many bytes, and the empty chunks before, between and behind them. */
  take(count: number): Chunk[] {
    const taken: Chunk[] = [];
    for (let left = count; this.#next < this.chunks.length; ) {
      const { bytes, end, released } = this.chunks[this.#next]!;
      const start = this.#position;
      if (left < end - start) {
        if (left > 0) taken.push({ bytes, start, end: start + left });
        this.#position += left;
        break;
      }
      taken.push({ bytes, start, end, released });
      left -= end - start;
      this.#next++;
      this.#position = this.chunks[this.#next]?.start ?? 0;
    }
    return taken;
  }
}
