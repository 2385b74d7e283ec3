/**
 * Keeps a connection alive and notices when the peer no longer does.
 * Erlang documentation: kernel application, `net_ticktime`; "Distribution Protocol", ticks.
 */
import type { Carrier } from '../carrier/carrier.ts';
import type { Outbox } from './outbox.ts';

/** How often within the net tick time a quiet connection carries a tick. */
const TICK_INTENSITY = 4;

export class Ticker {
  readonly #timer: NodeJS.Timeout;
  #quietQuarters = 0;
  #ticks = 0;

  /**
   * @param netTickTime - milliseconds
   * @param carrier - is asked to send a tick when nothing was sent for a quarter of that
   * @param outbox - sends it if the carrier does not
   * @param held - whether the connection is not read at the moment: then silence means nothing, and only writing can tell that the
   *   peer is gone
   * @param silent - is called when nothing was heard for the whole of it
   */
  constructor(
    netTickTime: number,
    private readonly carrier: Carrier,
    outbox: Outbox,
    held: () => boolean,
    silent: () => void,
  ) {
    const quarter = netTickTime / TICK_INTENSITY;
    const kept = carrier.keepAlive(quarter);
    this.#timer = setInterval(() => {
      const unread = held();
      // The carrier sends ticks without telling whether that failed.
      if ((!kept || unread) && !outbox.busy) {
        this.#ticks++;
        outbox.tick();
      }
      outbox.busy = false;
      this.#quietQuarters = unread ? 0 : this.#quietQuarters + 1;
      if (this.#quietQuarters > TICK_INTENSITY) silent();
    }, quarter);
    this.#timer.unref();
  }

  /** How many ticks were sent. */
  get ticks(): number {
    return this.#ticks + this.carrier.ticks;
  }

  heard(): void {
    this.#quietQuarters = 0;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
