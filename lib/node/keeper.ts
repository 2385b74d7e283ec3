/**
 * Links that come back: a peer is tried again and again, with pauses that grow, while somebody waits for it or when it is kept.
 */
import type { BackoffOptions } from '../backoff.ts';
import { Deadline } from '../deadline.ts';
import { type ErrorCode, HiddenNodeError, isHiddenNodeError } from '../errors.ts';
import type { Atom } from '../term/atom.ts';
import { Pursuit } from './pursuit.ts';

/** One attempt: resolves when there is a link, at once when there is one already. `timeout` is in milliseconds. */
export type Connect = (timeout: number, signal?: AbortSignal) => Promise<void>;

/** What a node says of a peer that it keeps. */
export interface KeptPeer {
  /** `connecting`: an attempt is under way. `waiting`: for the next one. `disconnected`: on request, until it is asked for again. */
  state: 'connected' | 'connecting' | 'waiting' | 'disconnected';
  /** Attempts that failed since there was a link. */
  attempts: number;
  /** Milliseconds until the next attempt, when it is `waiting`. */
  nextAttempt: number | undefined;
  /** Why there is no link: how it was lost, or what the latest attempt failed with. */
  reason: HiddenNodeError | undefined;
}

export interface KeeperOptions {
  /** Milliseconds for one attempt. */
  timeout: number;
  backoff: BackoffOptions;
}

/** What the attempts have come to. */
interface Tally {
  attempts: number;
  reason: HiddenNodeError | undefined;
}

/** A peer that is kept. */
interface Kept extends Tally {
  connect: Connect;
  /** Absent while the peer is disconnected on request. */
  session: Session | undefined;
}

/** From the moment that a peer is kept until it is disconnected or let go. */
interface Session {
  readonly pursuit: Pursuit;
  readonly abort: AbortController;
  striving: boolean;
}

interface Effort {
  readonly connect: Connect;
  readonly deadline: Deadline;
  readonly signal: AbortSignal | undefined;
  readonly tally: Tally;
  /** Whether to go on after this failure. */
  goesOn(error: unknown): boolean;
}

/** Mistakes of the caller: every attempt would fail alike. */
const MISTAKES: ReadonlySet<ErrorCode> = new Set(['invalid_argument', 'invalid_node_name', 'name_domain_mismatch']);

/** What a live peer answers for as long as both are configured as they are. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set(['cookie_mismatch', 'peer_name_mismatch', 'missing_flags']);

/**
 * True for a failure that may be another the next time. A refusal has to be heard twice in a row: a peer that ends, or that is given
 * its cookie, in the middle of a handshake gives one that does not last.
 */
function mayHeal(error: unknown, previous: HiddenNodeError | undefined): error is HiddenNodeError {
  if (!isHiddenNodeError(error) || MISTAKES.has(error.code)) return false;
  return !(REFUSALS.has(error.code) && previous?.code === error.code);
}

export class Keeper {
  readonly #pursuits = new Map<Atom, Pursuit>();
  readonly #kept = new Map<Atom, Kept>();

  /** @param isUp - whether there is a link to a peer */
  constructor(
    private readonly isUp: (peer: Atom) => boolean,
    private readonly options: KeeperOptions,
  ) {}

  /**
   * Connects to a peer, and tries again until there is a link, whoever opened it.
   *
   * @param timeout - milliseconds for all attempts and pauses together
   * @throws `timeout` with the number of attempts as a fact and the latest failure as its cause; `aborted`; what {@link end} was
   *   given; a mistake or a refusal, see {@link mayHeal}
   */
  async reach(peer: Atom, connect: Connect, timeout: number, signal?: AbortSignal): Promise<void> {
    const deadline = new Deadline(timeout, signal);
    const pursuit = this.#join(peer);
    const tally: Tally = { attempts: 0, reason: undefined };
    const goesOn = (error: unknown) => mayHeal(error, tally.reason);
    try {
      await this.#strive(peer, pursuit, { connect, deadline, signal, tally, goesOn });
    } finally {
      deadline.dispose();
      this.#leave(peer, pursuit);
    }
  }

  /** Keeps a peer from now on. For one that is kept already, later attempts go by `connect`. */
  keep(peer: Atom, connect: Connect): void {
    const kept = this.#kept.get(peer);
    if (kept === undefined) this.#kept.set(peer, { connect, attempts: 0, reason: undefined, session: undefined });
    else kept.connect = connect;
    this.resume(peer);
  }

  /** Keeps a peer again that was disconnected on request. Without effect on any other. */
  resume(peer: Atom): void {
    const kept = this.#kept.get(peer);
    if (kept === undefined || kept.session !== undefined) return;
    kept.session = { pursuit: this.#join(peer), abort: new AbortController(), striving: false };
    void this.#hold(peer, kept, false);
  }

  /** Keeps a peer no longer; the link stays. False when it was not kept. */
  release(peer: Atom): boolean {
    const session = this.#kept.get(peer)?.session;
    if (session !== undefined) this.#leave(peer, session.pursuit);
    session?.abort.abort();
    return this.#kept.delete(peer);
  }

  /** Ends every effort for a peer, which is kept again from {@link resume} on. */
  end(peer: Atom, reason: HiddenNodeError): void {
    this.#pursuits.get(peer)?.end(reason);
    this.#pursuits.delete(peer);
    const kept = this.#kept.get(peer);
    if (kept === undefined) return;
    kept.session = undefined;
    kept.reason = reason;
  }

  /** Ends every effort for every peer. */
  stop(reason: HiddenNodeError): void {
    for (const peer of [...this.#pursuits.keys()]) this.end(peer, reason);
    this.#kept.clear();
  }

  /** A link came up, whoever opened it. */
  up(peer: Atom): void {
    this.#pursuits.get(peer)?.up();
    const kept = this.#kept.get(peer);
    if (kept === undefined) return;
    kept.attempts = 0;
    kept.reason = undefined;
  }

  /** A link was lost. */
  down(peer: Atom, reason: HiddenNodeError): void {
    this.#pursuits.get(peer)?.down();
    const kept = this.#kept.get(peer);
    if (kept?.session === undefined) return;
    kept.reason = reason;
    void this.#hold(peer, kept, true);
  }

  /** The peers that are kept, by name. */
  states(): Record<string, KeptPeer> {
    return Object.fromEntries([...this.#kept].map(([peer, kept]) => [peer.name, this.#state(peer, kept)]));
  }

  #state(peer: Atom, { attempts, reason, session }: Kept): KeptPeer {
    const about = { attempts, reason, nextAttempt: undefined };
    if (this.isUp(peer)) return { state: 'connected', ...about };
    if (session === undefined) return { state: 'disconnected', ...about };
    const { nextAttempt } = session.pursuit;
    return { state: nextAttempt === undefined ? 'connecting' : 'waiting', ...about, nextAttempt };
  }

  /** Tries until there is a link that is still there when this looks. */
  async #hold(peer: Atom, kept: Kept, afterPause: boolean): Promise<void> {
    const { session } = kept;
    if (session === undefined || session.striving) return;
    session.striving = true;
    const { signal } = session.abort;
    const deadline = new Deadline(Number.POSITIVE_INFINITY, signal);
    const connect: Connect = (...wait) => kept.connect(...wait);
    const effort = { connect, deadline, signal, tally: kept, goesOn: () => true };
    try {
      let pausing = afterPause;
      do {
        await this.#strive(peer, session.pursuit, effort, pausing);
        pausing = true;
      } while (!this.isUp(peer));
      kept.attempts = 0;
      kept.reason = undefined;
    } catch {
      // The peer was disconnected or let go, or the node was stopped: nobody waits for this.
    } finally {
      deadline.dispose();
      session.striving = false;
    }
  }

  async #strive(peer: Atom, pursuit: Pursuit, effort: Effort, afterPause = false): Promise<void> {
    const { connect, deadline, signal, tally, goesOn } = effort;
    for (let pausing = afterPause; ; pausing = true) {
      // A link may have come about between the failure of an attempt and this look.
      if (pausing && !this.isUp(peer)) {
        await deadline.race(pursuit.pause(), () => late(peer, deadline.timeout, tally));
      }
      try {
        return await connect(Math.min(this.options.timeout, deadline.remaining()), signal);
      } catch (error) {
        if (deadline.aborted) throw error;
        pursuit.check();
        tally.attempts++;
        if (!goesOn(error)) throw error;
        tally.reason = error as HiddenNodeError;
      }
    }
  }

  #join(peer: Atom): Pursuit {
    const pursuit = this.#pursuits.get(peer) ?? new Pursuit(this.options.backoff);
    this.#pursuits.set(peer, pursuit);
    pursuit.users++;
    return pursuit;
  }

  #leave(peer: Atom, pursuit: Pursuit): void {
    if (--pursuit.users > 0) return;
    pursuit.dispose();
    if (this.#pursuits.get(peer) === pursuit) this.#pursuits.delete(peer);
  }
}

function late(peer: Atom, timeout: number, { attempts, reason }: Tally): HiddenNodeError {
  const message = `${peer.name} was not connected within ${timeout} ms (attempts: ${attempts})`;
  return new HiddenNodeError('timeout', message, { stage: 'connect', peer: peer.name, timeout, attempts }, reason);
}
