/**
 * What all have in common who want a link to one peer and go on trying: the pause between two attempts, and the end of the whole.
 * One pause for all makes one attempt for all, since those who connect at the same time share it.
 */
import { Backoff, type BackoffOptions } from '../backoff.ts';
import type { HiddenNodeError } from '../errors.ts';

interface Pause {
  /** When it is over, by the clock of `performance.now()`. */
  readonly end: number;
  readonly timer: NodeJS.Timeout;
  readonly over: Promise<void>;
  resolve(): void;
  reject(reason: HiddenNodeError): void;
}

export class Pursuit {
  /** How many want the link. */
  users = 0;
  readonly #backoff: Backoff;
  #pause: Pause | undefined;
  #ended: HiddenNodeError | undefined;
  #upSince = performance.now();

  constructor(options: BackoffOptions) {
    this.#backoff = new Backoff(options);
  }

  /** Milliseconds until the next attempt; undefined when no pause is under way. */
  get nextAttempt(): number | undefined {
    return this.#pause && Math.max(0, this.#pause.end - performance.now());
  }

  /**
   * Waits until the next attempt is due, or there is a link.
   *
   * @throws what the pursuit was ended with
   */
  async pause(): Promise<void> {
    this.check();
    this.#pause ??= this.#begin(this.#backoff.next());
    await this.#pause.over;
  }

  /** @throws what the pursuit was ended with */
  check(): void {
    if (this.#ended !== undefined) throw this.#ended;
  }

  /** There is a link: nobody needs to wait. */
  up(): void {
    this.#upSince = performance.now();
    this.#take()?.resolve();
  }

  /** The link was lost. Only one that lasted makes the pauses short again: a peer may take links and drop each at once. */
  down(): void {
    if (performance.now() - this.#upSince >= this.#backoff.longest) this.#backoff.reset();
  }

  /** Nobody shall go on trying. */
  end(reason: HiddenNodeError): void {
    this.#ended = reason;
    this.#take()?.reject(reason);
  }

  /** The last user has left. */
  dispose(): void {
    this.#take();
  }

  #begin(length: number): Pause {
    let resolve!: () => void;
    let reject!: (reason: HiddenNodeError) => void;
    const over = new Promise<void>((...settle) => {
      [resolve, reject] = settle;
    });
    // It keeps the process alive, as the link would.
    const timer = setTimeout(() => this.#take()?.resolve(), length);
    return { end: performance.now() + length, timer, over, resolve, reject };
  }

  /** The pause that is under way, which is no more. */
  #take(): Pause | undefined {
    const pause = this.#pause;
    this.#pause = undefined;
    clearTimeout(pause?.timer);
    return pause;
  }
}
