/**
 * Sends what is given, in order, as fast as it is taken, and never so much in one go that the event loop is held up.
 */
import { type Chunk, release } from './chunk.ts';
import { WriteQueue } from './write-queue.ts';

/** At most so many bytes go in one turn of the event loop: a few milliseconds of the system's time. */
const TURN_BYTES = 4 * 1024 * 1024;

/** At most so many arrays go in one write. */
const MOST_PIECES = 64;

/**
 * Writes what it can of the arrays, one behind another, and answers how many bytes; when that is not all, {@link Outflow.writable} must
 * follow. `more`: what comes behind them is part of the same message.
 */
export type Transmit = (pieces: readonly Uint8Array[], more: boolean) => number;

/** The same for one range of bytes that is no part of anything larger: what nearly all messages are sent as, without anything made for it. */
export type TransmitRange = (bytes: Uint8Array, start: number, end: number) => number;

export class Outflow {
  readonly #queue = new WriteQueue();
  /** A write is under way, or waits for whoever takes the bytes, or for the next turn. */
  #busy = false;
  #stopped = false;
  #immediate: NodeJS.Immediate | undefined;

  /**
   * @param transmit - must not throw
   * @param drained - is called when nothing waits any more, unless it was taken at once
   * @param transmitRange - must not throw, nor call anything that sends
   */
  constructor(
    private readonly transmit: Transmit,
    private readonly drained: () => void,
    private readonly transmitRange?: TransmitRange,
  ) {}

  /** How many bytes wait. */
  get bytes(): number {
    return this.#queue.bytes;
  }

  /** True when what is given goes out at once. */
  get idle(): boolean {
    return !this.#busy && this.#queue.bytes === 0;
  }

  /** Sends chunks behind what waits. */
  send(chunks: readonly Chunk[]): void {
    if (this.#stopped) return release(chunks);
    const { transmitRange } = this;
    if (transmitRange !== undefined && chunks.length === 1 && this.idle && isWhole(chunks[0])) {
      return this.#sendOne(transmitRange, chunks[0]);
    }
    this.#queue.add(chunks);
    if (!this.#busy) this.#push();
  }

  /** More can be written. `count` bytes have gone in addition to what was said before. */
  writable(count = 0): void {
    if (this.#stopped) return;
    this.#queue.advance(count);
    this.#go();
  }

  /** Nothing is sent any more. */
  stop(): void {
    this.#stopped = true;
    clearImmediate(this.#immediate);
    this.#queue.clear();
  }

  #sendOne(transmit: TransmitRange, { bytes, start, end, released }: Chunk): void {
    const taken = transmit(bytes, start, end);
    if (this.#stopped || start + taken === end) return released?.(bytes);
    this.#busy = true;
    this.#queue.add([{ bytes, start: start + taken, end, released }]);
  }

  #go(): void {
    this.#push();
    if (this.#queue.bytes === 0) this.drained();
  }

  #push(): void {
    // What is told of the bytes while they are written may send more: that goes behind them.
    this.#busy = true;
    const queue = this.#queue;
    for (let turn = 0; queue.bytes > 0; ) {
      if (turn >= TURN_BYTES) {
        this.#immediate = setImmediate(() => this.#go());
        return;
      }
      const pieces = queue.next(TURN_BYTES - turn, MOST_PIECES);
      let offered = 0;
      for (const piece of pieces) offered += piece.length;
      const taken = this.transmit(pieces, offered < queue.bytes);
      if (this.#stopped) return;
      queue.advance(taken);
      turn += taken;
      if (taken < offered) return;
    }
    this.#busy = false;
  }
}

/** A piece of a slab, which nobody can take away, and not so much that it would hold up the event loop. */
function isWhole({ bytes, start, end }: Chunk): boolean {
  return start < end && end <= bytes.length && end - start <= TURN_BYTES;
}
