/** Who waits for what was sent to go out. */
import type { HiddenNodeError } from '../errors.ts';
import { checkTimeout, Waiter } from '../waiter.ts';
import { Drains, type PeerQueue, stillWaiting } from './drains.ts';

/** Where something waits to go out: what is to be sent to one peer. */
export interface Outlet {
  /** Calls `released` when everything that was sent up to now is with the operating system, or will never be. */
  mark(released: () => void): void;
}

export interface BacklogOptions {
  /** Bytes. */
  highWaterMark: number;
  /** One for each peer, with a link or on its way to one. */
  queues(): Iterable<PeerQueue>;
  outlets(): readonly Outlet[];
}

export class Backlog {
  readonly #drains: Drains;
  readonly #flushing = new Set<Waiter<void>>();

  constructor(private readonly options: BacklogOptions) {
    this.#drains = new Drains(options.highWaterMark, () => options.queues());
  }

  /** @param one - is waited for; absent: all are */
  async drained(timeout: number, signal: AbortSignal | undefined, one?: PeerQueue): Promise<void> {
    checkTimeout(timeout);
    await this.#drains.drained(timeout, signal, one);
  }

  async flushed(timeout: number, signal: AbortSignal | undefined): Promise<void> {
    checkTimeout(timeout);
    const outlets = this.options.outlets();
    let left = outlets.length;
    let waiter: Waiter<void> | undefined;
    for (const outlet of outlets) {
      outlet.mark(() => {
        left--;
        if (left === 0) waiter?.settle();
      });
    }
    if (left === 0) return;
    waiter = this.#flush(timeout, signal);
    try {
      await waiter.promise;
    } finally {
      this.#flushing.delete(waiter);
    }
  }

  /**
   * Less may wait than before.
   *
   * @param queue - there; absent: anywhere
   */
  changed(queue?: PeerQueue): void {
    this.#drains.changed(queue);
  }

  stop(reason: HiddenNodeError): void {
    this.#drains.stop(reason);
    for (const waiter of this.#flushing) waiter.fail(reason);
    this.#flushing.clear();
  }

  #flush(timeout: number, signal: AbortSignal | undefined): Waiter<void> {
    const waiter = new Waiter<void>({
      timeout,
      signal,
      expired: () => stillWaiting(timeout, this.#mostQueuedBytes),
      left: () => this.#flushing.delete(waiter),
    });
    this.#flushing.add(waiter);
    return waiter;
  }

  get #mostQueuedBytes(): number {
    return Math.max(0, ...Array.from(this.options.queues(), ({ queuedBytes }) => queuedBytes));
  }
}
