/** What was done to the socket of a peer, and how it is undone. */
import { withDeadline } from '../deadline.ts';
import { HiddenNodeError } from '../errors.ts';
import type { PeerSocketOptions, TunePeerOptions } from './peer-options.ts';

/** How long a tuning and its undoing may take when the caller does not say, in milliseconds. */
export const TUNE_TIMEOUT = 5_000;

/** The link that was tuned. */
export interface TuningOwner {
  /** Whether the link is up and has this tuning. */
  has(tuning: PeerTuning): boolean;
  /** Takes it back; false when the link is gone. */
  undo(tuning: PeerTuning): Promise<boolean>;
}

/**
 * What {@link HiddenNode.tunePeer} did to the socket that a peer has for this node. It lasts as long as the link, unless it is undone before.
 * Disposing it undoes it.
 */
export class PeerTuning implements AsyncDisposable {
  readonly #owner: TuningOwner;
  #undoing: Promise<boolean> | undefined;

  /** The name of the peer. */
  readonly peer: string;
  /** The options that the peer's socket had. */
  readonly before: PeerSocketOptions;
  /** The options that it has had since then, as the peer reports them. */
  readonly after: PeerSocketOptions;

  /** @internal */
  constructor(owner: TuningOwner, peer: string, before: PeerSocketOptions, after: PeerSocketOptions) {
    this.#owner = owner;
    this.peer = peer;
    this.before = before;
    this.after = after;
  }

  /** True until it is undone, or the link is lost. */
  get active(): boolean {
    return this.#owner.has(this);
  }

  /**
   * Gives the peer's socket the options that it had {@link before}. When the same link has been tuned again since, and that is not undone,
   * the newer options stay, and undoing the newer tuning gives it these. May be called again: what is undone stays undone, and what failed is
   * tried again.
   *
   * @param options.timeout - milliseconds; default 5000, `Infinity` waits for ever. The peer may still do it later
   * @returns false when the link that was tuned is gone: a new one has the options that the peer gives every link
   * @throws `timeout`, `aborted`, `tuning_refused`, `invalid_argument`
   */
  undo(options: Pick<TunePeerOptions, 'timeout' | 'signal'> = {}): Promise<boolean> {
    const { timeout = TUNE_TIMEOUT, signal } = options;
    return withDeadline({ timeout, signal }, timeout, (deadline) => {
      deadline.check(() => late(this.peer, timeout));
      return deadline.race(this.#undo(), () => late(this.peer, timeout));
    });
  }

  /** The same as {@link undo}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.undo();
  }

  #undo(): Promise<boolean> {
    this.#undoing ??= this.#owner.undo(this).catch((error) => {
      this.#undoing = undefined;
      throw error;
    });
    return this.#undoing;
  }
}

/** The error of a tuning or an undoing that took too long. */
export function late(peer: string, timeout: number): HiddenNodeError {
  const message = `${peer} did not take the options of its socket within ${timeout} ms`;
  return new HiddenNodeError('timeout', message, { peer, timeout });
}
