/**
 * How long to pause between attempts at what fails: twice as long each time, up to a longest pause, and shortened at random so that
 * those who lost the same thing in the same moment do not all come back in the same moment.
 */
import { LONGEST_DELAY } from './deadline.ts';

/** The pauses between attempts. */
export interface BackoffOptions {
  /** The first pause in milliseconds. Each further one is twice as long. Default: 100. */
  first?: number | undefined;
  /** The longest pause in milliseconds. Default: 5000. */
  longest?: number | undefined;
}

/** @example `setTimeout(tryAgain, backoff.next())` after a failure, `backoff.reset()` after a success. */
export class Backoff {
  /** The longest pause in milliseconds. */
  readonly longest: number;
  readonly #first: number;
  readonly #random: () => number;
  #whole: number;

  /** @param random - gives 0 to 1 */
  constructor({ first = 100, longest = 5_000 }: BackoffOptions = {}, random: () => number = Math.random) {
    this.longest = Math.min(longest, LONGEST_DELAY);
    this.#first = Math.min(first, this.longest);
    this.#whole = this.#first;
    this.#random = random;
  }

  /** The next pause in milliseconds: between half and the whole of its length. */
  next(): number {
    const whole = this.#whole;
    this.#whole = Math.min(this.longest, whole * 2);
    return whole * (0.5 + this.#random() / 2);
  }

  /** The next pause is the first again. */
  reset(): void {
    this.#whole = this.#first;
  }
}
