/** Who waits for what was sent to go out. */
import { HiddenNodeError } from '../errors.ts';
import { checkTimeout, Waiter } from '../waiter.ts';

export class Backlog {
  readonly #waiting = new Set<Waiter<void>>();

  /**
   * @param highWaterMark - bytes
   * @param queuedBytes - how many bytes wait now
   */
  constructor(
    private readonly highWaterMark: number,
    private readonly queuedBytes: () => number,
  ) {}

  async drained(timeout: number, signal: AbortSignal | undefined): Promise<void> {
    checkTimeout(timeout);
    if (this.queuedBytes() < this.highWaterMark) return;
    const waiter = new Waiter<void>({
      timeout,
      signal,
      expired: () =>
        new HiddenNodeError('timeout', `${this.queuedBytes()} bytes still wait to be sent after ${timeout} ms`, {
          timeout,
          queuedBytes: this.queuedBytes(),
        }),
      left: () => this.#waiting.delete(waiter),
    });
    this.#waiting.add(waiter);
    await waiter.promise;
  }

  /** Less may wait than before. */
  changed(): void {
    if (this.#waiting.size === 0 || this.queuedBytes() >= this.highWaterMark) return;
    for (const waiter of this.#waiting) waiter.settle();
    this.#waiting.clear();
  }

  stop(reason: HiddenNodeError): void {
    for (const waiter of this.#waiting) waiter.fail(reason);
    this.#waiting.clear();
  }
}
