/**
 * Holds up what one link reads while the receiver of its next signal has no room. Signals of a link come in order, so nothing behind
 * that one can be told before it; what was read already waits in the {@link FrameReader}, the rest with the operating systems of both
 * sides, and then in the peer, which suspends its senders.
 * Erlang documentation: `erlang:send/2`, "busy distribution port"; `erl`, flag `+zdbbl`.
 */
import type { Carrier } from '../carrier/carrier.ts';
import type { Receiver, SignalSource } from './control/signals.ts';

/**
 * A receiver with room again says so only when it has plenty. How often the others are looked at, in milliseconds, so that a slow one
 * holds up what is behind no longer than its next message needs it to.
 */
const LOOK_INTERVAL = 100;

export class Intake implements SignalSource {
  bytes = 0;
  #receiver: Receiver | undefined;
  #heldSince: number | undefined;
  #heldBefore = 0;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #over = false;

  /**
   * @param peer - the name of the node at the other end
   * @param carrier - is not read while a receiver has no room
   * @param goOn - tells the signals again that have been read and not been taken
   */
  constructor(
    readonly peer: string,
    private readonly carrier: Carrier,
    private readonly goOn: () => void,
  ) {}

  /** Whether a receiver has no room, and nothing is read. */
  get held(): boolean {
    return this.#receiver !== undefined;
  }

  /** For how many milliseconds in all nothing was read. */
  get heldTime(): number {
    return this.#heldBefore + (this.#heldSince === undefined ? 0 : performance.now() - this.#heldSince);
  }

  hold(receiver: Receiver): void {
    this.#receiver = receiver;
    if (this.#heldSince !== undefined) return;
    this.#heldSince = performance.now();
    this.carrier.pause();
    // A socket that is not read does not keep the process alive; this does in its place.
    this.#timer = setInterval(() => this.#look(), LOOK_INTERVAL);
  }

  release(): void {
    // Not within the call: whoever takes a message does not expect to run the receivers of others.
    this.#immediate ??= setImmediate(() => this.#tryAgain());
  }

  /** The link is over. */
  stop(): void {
    this.#over = true;
    this.#letGo();
    this.#clear();
  }

  #look(): void {
    if (this.#receiver?.full === false) this.#tryAgain();
  }

  #tryAgain(): void {
    clearImmediate(this.#immediate);
    this.#immediate = undefined;
    this.#letGo();
    this.goOn();
    if (this.#over || this.held) return;
    this.#clear();
    this.carrier.resume();
  }

  #letGo(): void {
    this.#receiver?.forget(this);
    this.#receiver = undefined;
  }

  #clear(): void {
    this.#heldBefore = this.heldTime;
    this.#heldSince = undefined;
    clearInterval(this.#timer);
    clearImmediate(this.#immediate);
  }
}
