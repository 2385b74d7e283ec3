/**
 * Keeps a connection alive and notices when the peer no longer does.
 * Erlang documentation: kernel application, `net_ticktime`; "Distribution Protocol", ticks.
 */
import type { Outbox } from './outbox.ts';

/** How often within the net tick time a quiet connection carries a tick. */
const TICK_INTENSITY = 4;

export class Ticker {
  /** How many ticks were sent. */
  ticks = 0;
  readonly #timer: NodeJS.Timeout;
  #quietQuarters = 0;

  /**
   * @param netTickTime - milliseconds
   * @param outbox - gets a tick when nothing was sent for a quarter of that
   * @param silent - is called when nothing was heard for the whole of it
   */
  constructor(netTickTime: number, outbox: Outbox, silent: () => void) {
    this.#timer = setInterval(() => {
      if (!outbox.busy) {
        this.ticks++;
        outbox.tick();
      }
      outbox.busy = false;
      if (++this.#quietQuarters > TICK_INTENSITY) silent();
    }, netTickTime / TICK_INTENSITY);
    this.#timer.unref();
  }

  heard(): void {
    this.#quietQuarters = 0;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
