/** The links of a node that have been tuned at their peers, each for as long as it is there. */
import { withDeadline } from '../deadline.ts';
import { HiddenNodeError } from '../errors.ts';
import type { Atom } from '../term/atom.ts';
import { checkOptions, type TunePeerOptions } from './peer-options.ts';
import { late, type PeerTuning, TUNE_TIMEOUT } from './peer-tuning.ts';
import { TunedLink, type TunedLinkHost } from './tuned-link.ts';

/** What tuning needs of its node. */
export interface PeerTuningsHost extends TunedLinkHost {
  /** Waits for a link to a peer; resolves to what is left of the time. */
  connected(peer: Atom, timeout: number, signal: AbortSignal | undefined): Promise<number>;
}

export class PeerTunings {
  readonly #links = new WeakMap<object, TunedLink>();

  constructor(private readonly host: PeerTuningsHost) {}

  /** @see HiddenNode.tunePeer */
  async tune(peer: Atom, options: TunePeerOptions): Promise<PeerTuning> {
    const { timeout = TUNE_TIMEOUT, signal } = options;
    const wanted = checkOptions(options);
    if (peer === this.host.self) {
      throw new HiddenNodeError('invalid_argument', 'a node has no connection to itself that could be tuned', {
        peer: peer.name,
      });
    }
    const remaining = await this.host.connected(peer, timeout, signal);
    return withDeadline({ signal }, remaining, async (deadline) => {
      const expired = (): HiddenNodeError => late(peer.name, timeout);
      const tuning = this.#link(peer).tune(wanted, () => deadline.check(expired));
      try {
        return await deadline.race(tuning, expired);
      } catch (error) {
        // Nobody is there any more who could undo what comes about all the same.
        tuning.then((made) => made.undo({ timeout: Number.POSITIVE_INFINITY })).catch(() => undefined);
        throw error;
      }
    });
  }

  #link(peer: Atom): TunedLink {
    const link = this.host.link(peer);
    if (link === undefined) {
      throw new HiddenNodeError('noconnection', `the connection to ${peer.name} was lost`, { peer: peer.name });
    }
    const tuned = this.#links.get(link) ?? new TunedLink(this.host, peer, link);
    this.#links.set(link, tuned);
    return tuned;
  }
}
