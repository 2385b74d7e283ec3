/**
 * One absolute deadline for an operation of many steps, with the caller's AbortSignal beside it.
 *
 * A timeout per step would let an operation of five steps take five times what the caller allowed; a deadline cannot.
 */
import { offAbort, onAbort } from './abort.ts';
import { HiddenNodeError } from './errors.ts';

/** The longest delay that Node.js timers take; anything above it would fire at once. */
export const LONGEST_DELAY = 2 ** 31 - 1;

type Ending = 'expired' | 'aborted';

/** How long to wait, as every operation that waits takes it. */
export interface WaitOptions {
  /** Milliseconds for the whole operation. */
  timeout?: number | undefined;
  /** Ends the operation early with `aborted`. */
  signal?: AbortSignal | undefined;
  /** The deadline of a larger operation, in place of `timeout` and `signal`; it stays its maker's to dispose. */
  deadline?: Deadline | undefined;
}

/**
 * Runs `work` under the deadline that the options name or describe, and disposes what it made itself.
 *
 * @param options - as the caller of the operation gave them
 * @param defaultTimeout - milliseconds, when the options name neither a timeout nor a deadline
 * @param work - the operation
 * @returns what `work` resolves to
 * @throws HiddenNodeError `invalid_argument` for a timeout that is none; whatever `work` rejects with
 */
export async function withDeadline<T>(
  options: WaitOptions,
  defaultTimeout: number,
  work: (deadline: Deadline) => Promise<T>,
): Promise<T> {
  if (options.deadline !== undefined) return work(options.deadline);
  const deadline = new Deadline(options.timeout ?? defaultTimeout, options.signal);
  try {
    return await work(deadline);
  } finally {
    deadline.dispose();
  }
}

/**
 * An absolute deadline plus an optional AbortSignal. Dispose it when the operation is over: that clears its timer and
 * takes its listener off the signal, so that a signal that lives as long as the program collects nothing.
 *
 * The timer keeps the process alive until then, because somebody waits for the outcome; see {@link Deadline.unref}.
 *
 * @example
 * using deadline = new Deadline(5_000, signal);
 * const addresses = await deadline.race(resolve(host), () => new HiddenNodeError('timeout', `...`));
 * const socket = await deadline.race(open(addresses), () => new HiddenNodeError('timeout', `...`));
 */
export class Deadline {
  readonly #start = performance.now();
  #end: number;
  readonly #signal: AbortSignal | undefined;
  readonly #waiting = new Set<(ending: Ending) => void>();
  #timer: NodeJS.Timeout | undefined;
  #keepsAlive = true;
  #ending: Ending | undefined;
  #disposed = false;

  /**
   * Starts the clock.
   *
   * @param timeout - milliseconds from now, from 0 (expires at the next turn of the event loop); `Infinity` never expires
   * @param signal - ends the operation early; one that has fired already ends it now
   * @throws HiddenNodeError `invalid_argument` when `timeout` is negative or no number
   */
  constructor(timeout: number, signal?: AbortSignal) {
    if (typeof timeout !== 'number' || !(timeout >= 0)) {
      throw new HiddenNodeError('invalid_argument', `a timeout is a number of milliseconds from 0, not ${timeout}`, {
        timeout,
      });
    }
    this.#end = this.#start + timeout;
    this.#signal = signal;
    if (signal?.aborted) {
      this.#ending = 'aborted';
      return;
    }
    if (signal !== undefined) onAbort(signal, this.#onAbort);
    this.#arm();
  }

  /** What the whole operation was allowed, in milliseconds: a fact for error messages. */
  get timeout(): number {
    return Math.round(this.#end - this.#start);
  }

  /** Puts the end off to `timeout` milliseconds from now, if it is not later already. Without effect when that has come, or nobody waits for it. */
  extend(timeout: number): void {
    const end = performance.now() + timeout;
    if (this.#ending !== undefined || this.#disposed || end <= this.#end) return;
    this.#end = end;
    clearTimeout(this.#timer);
    this.#arm();
  }

  /** Milliseconds that are left: 0 once the deadline has passed or the signal has fired. */
  remaining(): number {
    return this.#ending === undefined ? Math.max(0, this.#end - performance.now()) : 0;
  }

  /** True once the deadline has passed. */
  get expired(): boolean {
    return this.#ending === 'expired';
  }

  /** True once the signal has fired, unless the deadline had passed before. */
  get aborted(): boolean {
    return this.#ending === 'aborted';
  }

  /**
   * Waits for `promise`, but not beyond the end. Whoever loses is forgotten: a later rejection of `promise` is not
   * reported as unhandled. What `promise` holds open is the caller's to close.
   *
   * @param promise - the step to wait for
   * @param onExpire - makes the error for a deadline that passed; called only then
   * @returns what `promise` resolves to; rejects as `promise` does
   * @throws the error of `onExpire` at the deadline; HiddenNodeError `aborted`, with `signal.reason` as its cause, when the
   *   signal fires. Both at once, without a look at `promise`, when the end had come before the call
   */
  race<T>(promise: PromiseLike<T>, onExpire: () => HiddenNodeError): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const stop = (ending: Ending) => reject(ending === 'expired' ? onExpire() : this.#abortedError());
      if (this.#ending !== undefined) stop(this.#ending);
      else this.#waiting.add(stop);
      promise.then(
        (value) => {
          this.#waiting.delete(stop);
          resolve(value);
        },
        (error) => {
          this.#waiting.delete(stop);
          reject(error);
        },
      );
    });
  }

  /**
   * Throws when the end has come: the check before a step that starts something.
   *
   * @param onExpire - makes the error for a deadline that passed
   * @throws as {@link Deadline.race}
   */
  check(onExpire: () => HiddenNodeError): void {
    if (this.#ending === undefined && this.remaining() === 0) this.#finish('expired');
    if (this.#ending === 'expired') throw onExpire();
    if (this.#ending === 'aborted') throw this.#abortedError();
  }

  /** Lets the process end although the deadline is running: for work in the background that nobody waits for. */
  unref(): this {
    this.#keepsAlive = false;
    this.#timer?.unref();
    return this;
  }

  /** False after {@link Deadline.unref}: what is opened under this deadline need not keep the process alive either. */
  hasRef(): boolean {
    return this.#keepsAlive;
  }

  /** Clears the timer and leaves the signal. A race that is still open then waits for its promise alone. */
  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
    if (this.#signal !== undefined) offAbort(this.#signal, this.#onAbort);
    this.#waiting.clear();
  }

  /** The same as {@link Deadline.dispose}, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  readonly #onAbort = () => this.#finish('aborted');

  #arm(): void {
    if (this.#end === Number.POSITIVE_INFINITY) return;
    const left = this.#end - performance.now();
    this.#timer = setTimeout(
      () => (left > LONGEST_DELAY ? this.#arm() : this.#finish('expired')),
      Math.min(left, LONGEST_DELAY),
    );
    if (!this.#keepsAlive) this.#timer.unref();
  }

  #finish(ending: Ending): void {
    this.#ending ??= ending;
    const waiting = [...this.#waiting];
    this.dispose();
    for (const stop of waiting) stop(this.#ending);
  }

  #abortedError(): HiddenNodeError {
    return new HiddenNodeError('aborted', 'the operation was aborted by its AbortSignal', {}, this.#signal?.reason);
  }
}
