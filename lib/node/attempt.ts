/**
 * One attempt to connect that several callers may wait for, each with its own patience.
 */
import { Deadline } from '../deadline.ts';
import { HiddenNodeError } from '../errors.ts';

export class Attempt<T> {
  readonly outcome: Promise<T>;
  /** True once our name has been sent: from then on the peer may see two connections at once. */
  shakingHands = false;
  readonly #abort = new AbortController();
  #waiting = 0;
  #resolve!: (value: T) => void;
  #reject!: (error: unknown) => void;

  /**
   * @param peer - for messages
   * @param timeout - milliseconds for the attempt itself
   * @param work - begins in a microtask
   */
  constructor(
    private readonly peer: string,
    timeout: number,
    work: (deadline: Deadline) => Promise<T>,
  ) {
    this.outcome = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const deadline = new Deadline(timeout, this.#abort.signal);
    queueMicrotask(() => {
      work(deadline)
        .then(this.#resolve, this.#reject)
        .finally(() => deadline.dispose());
    });
  }

  /**
   * Waits for the outcome. When the last of those who wait gives up, so does the attempt.
   *
   * @param timeout - milliseconds; absent: that of the attempt
   * @throws `timeout`, `aborted`, or what the attempt failed with
   */
  async join(timeout = Number.POSITIVE_INFINITY, signal?: AbortSignal): Promise<T> {
    const deadline = new Deadline(timeout, signal);
    this.#waiting++;
    try {
      return await deadline.race(this.outcome, () => this.#expired(timeout));
    } finally {
      deadline.dispose();
      if (--this.#waiting === 0) this.cancel(new HiddenNodeError('aborted', `nobody waits for ${this.peer} any more`));
    }
  }

  /** The peer was reached in another way. */
  settle(value: T): void {
    this.#resolve(value);
    this.#abort.abort();
  }

  /** Ends the attempt; without effect when it is over. */
  cancel(reason: HiddenNodeError): void {
    this.#reject(reason);
    this.#abort.abort(reason);
  }

  #expired(timeout: number): HiddenNodeError {
    return new HiddenNodeError('timeout', `${this.peer} was not connected within ${timeout} ms`, {
      stage: 'connect',
      peer: this.peer,
      timeout,
    });
  }
}
