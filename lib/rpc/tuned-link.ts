/**
 * One link whose peer is told how to use its socket. Several tunings may be in force on it: they lie on each other, and the peer has the options of
 * the topmost.
 * Erlang documentation: kernel, `net_kernel:setopts/2`, `net_kernel:getopts/2`.
 */
import { HiddenNodeError, isHiddenNodeError } from '../errors.ts';
import { type Atom, atom } from '../term/atom.ts';
import { excerpt } from '../term/excerpt.ts';
import type { EncodableTerm, Term } from '../term/term.ts';
import { Tuple } from '../term/tuple.ts';
import { areTaken, OPTION_NAMES, optionsOf, optionsTerm, type PeerSocketOptions } from './peer-options.ts';
import { PeerTuning, type TuningOwner } from './peer-tuning.ts';

const OK = atom('ok');
const ERROR = atom('error');
const NOCONNECTION = atom('noconnection');

/** What a tuned link needs of its node. */
export interface TunedLinkHost {
  /** The atom of the node's own name: that of the link for the peer. */
  readonly self: Atom;
  /** The link to a peer at the moment, as an object that tells it from any other; undefined without one. */
  link(peer: Atom): object | undefined;
  /** Calls a function of `net_kernel` on a connected peer, and waits for as long as there is a connection. */
  call(peer: Atom, fun: string, args: readonly EncodableTerm[]): Promise<Term>;
}

interface Layer {
  readonly tuning: PeerTuning;
  /** What the peer is given when this layer is taken away. */
  below: PeerSocketOptions;
}

export class TunedLink implements TuningOwner {
  readonly #layers: Layer[] = [];
  /** Whoever comes waits for those before. It never rejects. */
  #turn: Promise<unknown> = Promise.resolve();

  /** @param link - the link as {@link TunedLinkHost.link} gives it */
  constructor(
    private readonly host: TunedLinkHost,
    private readonly peer: Atom,
    private readonly link: object,
  ) {}

  /**
   * Gives the peer's socket other options. What has been begun is brought to an end, also when the caller has given up: only so is it known
   * what there is to undo.
   *
   * @param check - throws when the caller has given up
   * @throws `tuning_refused`, `noconnection`, `node_stopped`; what `check` throws
   */
  tune(wanted: PeerSocketOptions, check: () => void): Promise<PeerTuning> {
    return this.#inTurn(async () => {
      check();
      const before = await this.#get();
      check();
      const after = await this.#change(wanted, before);
      const tuning = new PeerTuning(this, this.peer.name, before, after);
      this.#layers.push({ tuning, below: before });
      return tuning;
    });
  }

  has(tuning: PeerTuning): boolean {
    return this.#isUp() && this.#layers.some((layer) => layer.tuning === tuning);
  }

  async undo(tuning: PeerTuning): Promise<boolean> {
    try {
      await this.#inTurn(() => this.#takeAway(this.#layers.findIndex((layer) => layer.tuning === tuning)));
      return true;
    } catch (error) {
      if (isLoss(error)) return false;
      throw error;
    }
  }

  async #takeAway(index: number): Promise<void> {
    const { below } = this.#layers[index]!;
    const above = this.#layers[index + 1];
    if (!this.#isUp()) throw this.#lost();
    if (above === undefined) await this.#set(below);
    else above.below = below;
    this.#layers.splice(index, 1);
  }

  /** All options or none: what cannot be set as a whole is put back. */
  async #change(wanted: PeerSocketOptions, before: PeerSocketOptions): Promise<PeerSocketOptions> {
    try {
      await this.#set(wanted);
      const after = await this.#get();
      if (!areTaken(wanted, before, after)) throw this.#refused('setopts', optionsTerm(after) as Term);
      return after;
    } catch (error) {
      if (!isHiddenNodeError(error, 'tuning_refused')) throw error;
      const failed = await this.#set(before).catch((reason: unknown) => reason);
      if (failed === undefined) throw error;
      if (isLoss(failed)) throw failed;
      const message = `${error.message}; nor did it take back what it had set`;
      throw new HiddenNodeError(error.code, message, { ...error.facts, restored: false }, error.cause);
    }
  }

  async #get(): Promise<PeerSocketOptions> {
    const answer = await this.#ask('getopts', OPTION_NAMES);
    const options = optionsOf(answer);
    if (options === undefined) throw this.#refused('getopts', answer);
    return options;
  }

  async #set(options: PeerSocketOptions): Promise<void> {
    const answer = await this.#ask('setopts', optionsTerm(options));
    if (answer !== OK) throw this.#refused('setopts', answer);
  }

  /** A call that goes over this link, and is answered over it. */
  async #ask(fun: 'getopts' | 'setopts', options: EncodableTerm): Promise<Term> {
    if (!this.#isUp()) throw this.#lost();
    let answer: Term;
    try {
      answer = await this.host.call(this.peer, fun, [this.host.self, options]);
    } catch (error) {
      if (!isHiddenNodeError(error, 'badrpc') && !isHiddenNodeError(error, 'process_down')) throw error;
      throw this.#refused(fun, error.facts.reason as Term, error);
    }
    // The peer may have lost the link before this node did.
    if (!this.#isUp() || errorOf(answer) === NOCONNECTION) throw this.#lost();
    return answer;
  }

  #isUp(): boolean {
    return this.host.link(this.peer) === this.link;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  #lost(): HiddenNodeError {
    const peer = this.peer.name;
    return new HiddenNodeError('noconnection', `the connection to ${peer} was lost`, { peer });
  }

  #refused(fun: string, reason: Term, cause?: unknown): HiddenNodeError {
    const peer = this.peer.name;
    const message = `${peer} does not let its socket be tuned: net_kernel:${fun}/2 said ${excerpt(reason)}`;
    return new HiddenNodeError('tuning_refused', message, { peer, function: fun, reason: errorOf(reason) }, cause);
  }
}

/** Reason of `{error, Reason}`; anything else as it is. */
function errorOf(answer: Term): Term {
  const [tag, reason] = answer instanceof Tuple && answer.length === 2 ? (answer.elements as Term[]) : [];
  return tag === ERROR ? reason : answer;
}

/** The link is gone, and with it all that it had. */
function isLoss(error: unknown): boolean {
  return isHiddenNodeError(error, 'noconnection') || isHiddenNodeError(error, 'node_stopped');
}
