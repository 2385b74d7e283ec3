import { FastBuffer } from './fast-buffer.ts';

/** Memory that is given out from its start to its end, in pieces that start at multiples of eight, as in Node.js's own pool. */
export class Slab {
  readonly bytes: Buffer;
  readonly #memory: ArrayBufferLike;

  /** Where the next piece starts. */
  next = 0;

  /** @param size - bytes, a multiple of eight */
  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size);
    this.#memory = this.bytes.buffer;
  }

  /** True when another `bytes` fit. */
  holds(bytes: number): boolean {
    return this.next + bytes <= this.bytes.length;
  }

  /** Gives out the bytes from `next` to before `end`. */
  give(end: number): Buffer {
    const piece = new FastBuffer(this.#memory, this.next, end - this.next);
    this.next = (end + 7) & ~7;
    return piece;
  }
}
