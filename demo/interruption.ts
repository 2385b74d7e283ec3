/** One AbortSignal for everything that ends the demo before its time: a signal from the user, or a part that broke. */
import { setMaxListeners } from 'node:events';

/** What a shell reports for a program that a signal ended: 128 and the number of the signal. */
const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** Why the demo ends early: a sentence for the user, and the exit code. */
export class Interrupted extends Error {
  constructor(
    message: string,
    readonly exitCode: number,
  ) {
    super(message);
  }
}

/** Watches for what ends the demo early. */
export class Interruption {
  readonly #abort = new AbortController();
  #signals = 0;

  constructor() {
    // Every wait of the demo listens to it, a dozen at a time; Node.js would take more than ten for a leak.
    setMaxListeners(0, this.signal);
    for (const [name, exitCode] of Object.entries(SIGNALS)) process.on(name, () => this.#signalled(name, exitCode));
    // Somebody who has read enough, as in `npm run demo | head`. Without a listener the error would skip the clean-up.
    process.stdout.on('error', () => this.#abort.abort(new Interrupted('the output was closed', 1)));
  }

  /** Fires once; its reason is an {@link Interrupted} or the error that was given to {@link Interruption.fail}. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Ends the demo because a part of it broke. */
  fail(error: Error): void {
    this.#abort.abort(error);
  }

  #signalled(name: string, exitCode: number): void {
    // The second signal is from somebody who does not want to wait: the handlers of `exit` kill what is left.
    this.#signals++;
    if (this.#signals > 1) process.exit(exitCode);
    this.#abort.abort(new Interrupted(`interrupted by ${name}`, exitCode));
  }
}
