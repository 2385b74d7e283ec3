/**
 * One attempt to connect that several callers may wait for, each with its own patience.
 */
import { Deadline } from '../deadline.ts';
import { HiddenNodeError } from '../errors.ts';

/** How far apart two ends may be that are one, in milliseconds: timers are not exact. */
const AT_ONCE = 20;

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

  /** Allows the attempt so many milliseconds from now on, at least: whoever is more patient than those before must not suffer from it. */
  extend(timeout: number): this {
    this.#deadline.extend(timeout);
    return this;
  }

  /**
   * Waits for the outcome. When the last of those who wait gives up, so does the attempt.
   *
   * @param timeout - milliseconds
   * @throws `timeout`, `aborted`, or what the attempt failed with
   */
  async join(timeout: number, signal?: AbortSignal): Promise<T> {
    const deadline = new Deadline(timeout, signal);
    this.#waiting++;
    try {
      return await deadline.race(this.outcome, () => this.#expired(timeout));
    } catch (error) {
      if (!deadline.expired) throw error;
      return await this.#ownError(error);
    } finally {
      deadline.dispose();
      if (--this.#waiting === 0) this.cancel(new HiddenNodeError('aborted', `nobody waits for ${this.peer} any more`));
    }
  }

  /**
   * Lets the attempt go on although nobody waits, because something was accepted that is to be sent.
   *
   * @param timeout - milliseconds that it then has at least, from the first call on
   */
  want(timeout = 0): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#waiting++;
    this.extend(timeout);
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

  /** When the attempt ends at the same time as the one who waits, it is the attempt that knows how far it has come. */
  async #ownError(error: unknown): Promise<T> {
    if (this.#deadline.remaining() > AT_ONCE) throw error;
    using patience = new Deadline(2 * AT_ONCE);
    return await patience.race(this.outcome, () => error as HiddenNodeError);
  }

  #expired(timeout: number): HiddenNodeError {
    return new HiddenNodeError('timeout', `${this.peer} was not connected within ${timeout} ms`, {
      stage: 'connect',
      peer: this.peer,
      timeout,
    });
  }
}
