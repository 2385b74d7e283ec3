/**
 * What waits to be sent to one peer: written at once, sent as soon as there is a carrier, in the order it was written. What can
 * be written is in signal-outbox.ts.
 *
 * Messages of one turn of the event loop go out together: the outbox is flushed by a microtask, or when much waits.
 */
import type { Carrier } from '../carrier/carrier.ts';
import { chunkOf, release } from '../carrier/chunk.ts';
import { FLAGS } from './flags.ts';
import { FrameWriter, type FrameWriterOptions } from './frame-writer.ts';

const TICK = chunkOf(Buffer.alloc(4));

/** `queueMicrotask` of Node.js makes several objects for each call, which a small message feels. */
const NOW = Promise.resolve();

/**
 * In a long burst the first flush comes after so many bytes, and each next one after twice as many, so that the peer has something to do
 * meanwhile; full slabs are flushed in any case.
 */
const FIRST_FLUSH = 4096;

export interface OutboxOptions extends FrameWriterOptions {
  /** Bytes that may wait before sending answers false. */
  highWaterMark: number;
}

export class Outbox {
  /** Messages accepted so far. */
  messages = 0;
  /** Bytes of them and of ticks. */
  bytes = 0;
  /** True when something was sent since it was last set to false. */
  busy = false;
  /** What the peer can do; nothing is known, and nothing set, before there is a link. */
  protected peerFlags = 0n;
  protected readonly writer: FrameWriter;
  private readonly highWaterMark: number;
  #carrier: Carrier | undefined;
  #flushing = false;
  #flushAt = FIRST_FLUSH;

  /** @param sent - is called when everything that waited has been taken at once, so that no carrier will say `drained` */
  constructor(
    options: OutboxOptions,
    private readonly sent: () => void,
  ) {
    this.writer = new FrameWriter(options);
    this.highWaterMark = options.highWaterMark;
  }

  /** Bytes that wait, here or with the carrier. */
  get queuedBytes(): number {
    return (this.#carrier?.queuedBytes ?? 0) + this.writer.pendingBytes;
  }

  /** Messages that have not been given to a carrier. */
  get unsentMessages(): number {
    return this.writer.frames;
  }

  /** Keeps the connection alive when there is nothing to say. */
  tick(): void {
    this.bytes += TICK.end;
    this.#carrier?.send([TICK]);
  }

  /** There is a link: from now on it is known what the peer can do. */
  meet(flags: bigint): void {
    this.peerFlags = flags;
    const before = this.writer.pendingBytes;
    this.writer.settle((flags & FLAGS.FRAGMENTS) !== 0n);
    this.bytes += this.writer.pendingBytes - before;
  }

  /** From now on everything goes out through `carrier`, first what waits. */
  attach(carrier: Carrier): void {
    this.#carrier = carrier;
    this.flush();
  }

  /** Gives the carrier everything that waits. */
  flush(): void {
    const carrier = this.#carrier;
    if (carrier === undefined) return;
    const chunks = this.writer.take();
    if (chunks.length > 0) {
      this.busy = true;
      carrier.send(chunks);
    }
    if (carrier.queuedBytes === 0) this.sent();
  }

  /**
   * Calls `released` when everything that was sent up to now is with the operating system, or will never be: when nobody reads the
   * binaries any more that were not copied.
   */
  mark(released: () => void): void {
    this.writer.mark(released);
    this.flush();
  }

  /** Nothing goes out any more, but for what the carrier has. */
  detach(): void {
    this.#carrier = undefined;
    release(this.writer.take());
  }

  /** Ends a frame that was written. False: more than the high-water mark waits. */
  protected finish(): boolean {
    const { writer } = this;
    this.bytes += writer.finish();
    this.messages++;
    if (writer.full || (writer.pendingBytes >= this.#flushAt && this.#carrier?.queuedBytes === 0)) {
      this.#flushAt *= 2;
      this.flush();
    } else if (!this.#flushing) {
      this.#flushing = true;
      void NOW.then(this.#onMicrotask);
    }
    return this.queuedBytes < this.highWaterMark;
  }

  readonly #onMicrotask = (): void => {
    this.#flushing = false;
    this.#flushAt = FIRST_FLUSH;
    this.flush();
  };
}
