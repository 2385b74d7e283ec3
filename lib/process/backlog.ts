/** Who waits for what was sent to go out. */
import { HiddenNodeError } from '../errors.ts';
import { checkTimeout, Waiter } from '../waiter.ts';

/** Where something waits to go out: what is to be sent to one peer. */
export interface Outlet {
  /** Calls `released` when everything that was sent up to now is with the operating system, or will never be. */
  mark(released: () => void): void;
}

export interface BacklogOptions {
  /** Bytes. */
  highWaterMark: number;
  /** How many bytes wait now. */
  queuedBytes(): number;
  outlets(): readonly Outlet[];
}

export class Backlog {
  readonly #waiting = new Set<Waiter<void>>();
  readonly #flushing = new Set<Waiter<void>>();

  constructor(private readonly options: BacklogOptions) {}

  async drained(timeout: number, signal: AbortSignal | undefined): Promise<void> {
    checkTimeout(timeout);
    if (!this.#isFull) return;
    await this.#wait(this.#waiting, timeout, signal).promise;
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
    waiter = this.#wait(this.#flushing, timeout, signal);
    try {
      await waiter.promise;
    } finally {
      this.#flushing.delete(waiter);
    }
  }

  /** Less may wait than before. */
  changed(): void {
    if (this.#waiting.size === 0 || this.#isFull) return;
    for (const waiter of this.#waiting) waiter.settle();
    this.#waiting.clear();
  }

  stop(reason: HiddenNodeError): void {
    for (const waiting of [this.#waiting, this.#flushing]) {
      for (const waiter of waiting) waiter.fail(reason);
      waiting.clear();
    }
  }

  get #isFull(): boolean {
    return this.options.queuedBytes() >= this.options.highWaterMark;
  }

  #wait(among: Set<Waiter<void>>, timeout: number, signal: AbortSignal | undefined): Waiter<void> {
    const waiter = new Waiter<void>({
      timeout,
      signal,
      expired: () => this.#expired(timeout),
      left: () => among.delete(waiter),
    });
    among.add(waiter);
    return waiter;
  }

  #expired(timeout: number): HiddenNodeError {
    const queuedBytes = this.options.queuedBytes();
    const message = `${queuedBytes} bytes still wait to be sent after ${timeout} ms`;
    return new HiddenNodeError('timeout', message, { timeout, queuedBytes });
  }
}
