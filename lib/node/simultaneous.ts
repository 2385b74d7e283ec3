/**
 * Two nodes that connect to each other at the same time must end with one link.
 * Erlang documentation: "Distribution Protocol", section "Distribution Handshake", step 3.
 */
import type { Carrier } from '../carrier/carrier.ts';
import { Deadline } from '../deadline.ts';
import { HiddenNodeError, isHiddenNodeError } from '../errors.ts';

/** How long an attempt waits for a peer that is shaking hands with us already, in milliseconds. */
const PATIENCE = 1_000;

/** How a node whose own attempt is under way answers a peer that connects to it: the greater name's attempt goes on. */
export function decide(own: string, peer: string): 'nok' | 'ok_simultaneous' {
  return own > peer ? 'nok' : 'ok_simultaneous';
}

/** True for the error of the connection that gives way to the other: no failure. */
export function yields(error: unknown): boolean {
  return isHiddenNodeError(error, 'peer_refused') && error.facts.status === 'nok';
}

/** A peer that answers `nok` is connecting to us: its connection will settle the attempt, or the deadline ends it. */
export function awaitPeer(error: unknown, deadline: Deadline): Promise<never> {
  if (!yields(error)) return Promise.reject(error);
  return deadline.race(new Promise<never>(() => undefined), () => error as HiddenNodeError);
}

/** The peers that are shaking hands with us, having connected themselves. */
export class AdmittedPeers {
  readonly #ends = new Map<string, Promise<void>>();

  /** Remembers a peer; returns what to call when its handshake is over. */
  add(peer: string): () => void {
    let end!: () => void;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#ends.set(peer, ended);
    return () => {
      if (this.#ends.get(peer) === ended) this.#ends.delete(peer);
      end();
    };
  }

  /**
   * Lets a peer finish that is shaking hands with us already: of two connections that come up at once, each side could keep
   * another. Not for long, because it has yet to prove who it is.
   */
  async letFinish(peer: string, carrier: Carrier, deadline: Deadline): Promise<void> {
    const expired = () => new HiddenNodeError('timeout', `${peer} did not finish its handshake`, { peer });
    const patience = new Deadline(PATIENCE);
    try {
      for (let ended = this.#ends.get(peer); ended && !patience.expired; ended = this.#ends.get(peer)) {
        const endedOrLate = patience.race(ended, expired).catch(() => undefined);
        await deadline.race(endedOrLate, expired);
      }
    } catch (error) {
      carrier.destroy();
      throw error;
    } finally {
      patience.dispose();
    }
  }
}
