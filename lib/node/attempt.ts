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
  readonly #deadline: Deadline;
  #waiting = 0;
  #wanted = false;
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
    this.#deadline = new Deadline(timeout, this.#abort.signal);
    queueMicrotask(() => {
      work(this.#deadline)
        .then(this.#resolve, this.#reject)
        .finally(() => this.#deadline.dispose());
    });
  }

  /**
   * Waits for the outcome. The attempt lasts as long as the most patient of those who wait allows; when the last of them gives up, so
   * does the attempt.
   *
   * @param timeout - milliseconds
   * @throws `timeout`, `aborted`, or what the attempt failed with
   */
  async join(timeout: number, signal?: AbortSignal): Promise<T> {
    // First: when both end together, it is the attempt that knows at what it was.
    this.#deadline.extend(timeout);
    const deadline = new Deadline(timeout, signal);
    this.#waiting++;
    try {
      return await deadline.race(this.outcome, () => this.#expired(timeout));
    } finally {
      deadline.dispose();
      if (--this.#waiting === 0) this.cancel(new HiddenNodeError('aborted', `nobody waits for ${this.peer} any more`));
    }
  }

  /**
   * Lets the attempt go on although nobody waits, because something was accepted that is to be sent.
   *
   * @param timeout - milliseconds for it from now on, at least
   */
  want(timeout: number): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#waiting++;
    this.#deadline.extend(timeout);
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
