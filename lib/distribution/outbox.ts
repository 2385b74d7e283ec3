/**
 * What waits to be sent to one peer: written at once, sent as soon as there is a carrier, in the order it was written. What can
 * be written is in signal-outbox.ts.
 *
 * Messages of one turn of the event loop go out together: the outbox is flushed by a microtask, or when a slab is full.
 */
import type { Carrier } from '../carrier/carrier.ts';
import { FrameWriter } from './frame-writer.ts';
import { recycle } from './slabs.ts';

const TICK = Buffer.alloc(4);

export class Outbox {
  /** Messages accepted so far. */
  messages = 0;
  /** Bytes of them and of ticks. */
  bytes = 0;
  /** True when something was sent since it was last set to false. */
  busy = false;
  /** What the peer can do; nothing is known, and nothing set, before there is a link. */
  peerFlags = 0n;
  protected readonly writer = new FrameWriter();
  #carrier: Carrier | undefined;
  #flushing = false;
  #carriedBytes = 0;

  /**
   * @param highWaterMark - bytes that may wait before sending answers false
   * @param sent - is called when everything that waited has been taken at once, so that no carrier will say `drained`
   */
  constructor(
    private readonly highWaterMark: number,
    private readonly sent: () => void,
  ) {}

  /** Bytes that wait, here or with the carrier. */
  get queuedBytes(): number {
    return this.#carriedBytes + this.writer.pendingBytes;
  }

  /** Messages that have not been given to a carrier. */
  get unsentMessages(): number {
    return this.writer.frames;
  }

  /** Keeps the connection alive when there is nothing to say. */
  tick(): void {
    this.bytes += TICK.length;
    this.#carrier?.write(TICK, 0, TICK.length);
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
    for (const { bytes, end } of this.writer.take()) {
      this.busy = true;
      if (carrier.write(bytes, 0, end)) recycle(bytes);
      else this.#carriedBytes += end;
    }
    if (this.#carriedBytes === 0) this.sent();
  }

  /** The carrier has nothing left to send. */
  drained(): void {
    this.#carriedBytes = 0;
  }

  /** Nothing goes out any more. */
  detach(): void {
    this.#carrier = undefined;
    this.#carriedBytes = 0;
    this.writer.take();
  }

  /** Ends a frame that was written. False: more than the high-water mark waits. */
  protected finish(): boolean {
    const { writer } = this;
    this.bytes += writer.finish();
    this.messages++;
    if (writer.slabIsFull) {
      this.flush();
    } else if (!this.#flushing) {
      this.#flushing = true;
      queueMicrotask(this.#onMicrotask);
    }
    return this.queuedBytes < this.highWaterMark;
  }

  readonly #onMicrotask = (): void => {
    this.#flushing = false;
    this.flush();
  };
}
