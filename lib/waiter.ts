/**
 * A promise that is settled once: by a value, by an error, by its time running out, or by an AbortSignal. Being given the value
 * and giving up exclude each other, so that no value can go to a waiter that has given up in the same turn of the event loop.
 */
import { offAbort, onAbort } from './abort.ts';
import { LONGEST_DELAY } from './deadline.ts';
import { HiddenNodeError } from './errors.ts';
import { Timed } from './timeouts.ts';

export interface WaiterOptions {
  /** Milliseconds; `Infinity` waits for ever. */
  timeout: number;
  signal?: AbortSignal | undefined;
  /** Makes the error for a time that ran out. */
  expired(): HiddenNodeError;
  /** Called when the waiter gives up, before its promise rejects. */
  left(): void;
}

/** @throws `invalid_argument` for what is no number of milliseconds */
export function checkTimeout(timeout: number): void {
  if (typeof timeout === 'number' && timeout >= 0) return;
  throw new HiddenNodeError('invalid_argument', `a timeout is a number of milliseconds from 0, not ${timeout}`, {
    timeout,
  });
}

export class Waiter<T> extends Timed {
  readonly promise: Promise<T>;
  #resolve!: (value: T) => void;
  #reject!: (error: unknown) => void;
  /** Only those who have a signal pay for it: there may be a great many waiters. */
  #onAbort: (() => void) | undefined;

  constructor(private readonly options: WaiterOptions) {
    super();
    const { timeout, signal } = options;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (timeout < LONGEST_DELAY) this.startTime(timeout);
    if (signal !== undefined) this.#heed(signal);
  }

  settle(value: T): void {
    this.#release();
    this.#resolve(value);
  }

  fail(error: unknown): void {
    this.#release();
    this.#reject(error);
  }

  protected override timeOver(): void {
    this.#giveUp(this.options.expired());
  }

  #heed(signal: AbortSignal): void {
    this.#onAbort = () =>
      this.#giveUp(new HiddenNodeError('aborted', 'the wait was aborted by its AbortSignal', {}, signal.reason));
    if (signal.aborted) queueMicrotask(this.#onAbort);
    else onAbort(signal, this.#onAbort);
  }

  #giveUp(error: HiddenNodeError): void {
    this.options.left();
    this.fail(error);
  }

  #release(): void {
    this.stopTime();
    if (this.#onAbort !== undefined) offAbort(this.options.signal!, this.#onAbort);
  }
}
