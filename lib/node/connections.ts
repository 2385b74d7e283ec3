/**
 * The links of a node: at most one per peer, opened from either side.
 */
import type { Carrier } from '../carrier/carrier.ts';
import { Deadline } from '../deadline.ts';
import type { SignalHandler } from '../distribution/control/signals.ts';
import type { Admission, HandshakeOutcome, Peer } from '../distribution/handshake.ts';
import { Link, type LinkOptions } from '../distribution/link.ts';
import type { OutboxOptions } from '../distribution/outbox.ts';
import { SignalOutbox } from '../distribution/signal-outbox.ts';
import { HiddenNodeError, isHiddenNodeError } from '../errors.ts';
import { type Atom, atom } from '../term/atom.ts';
import { Attempt } from './attempt.ts';
import type { Identity } from './identity.ts';
import { assertSameDomain, type NodeName, parseNodeName } from './name.ts';
import { publishConnect, publishedHandshake, publishLink } from './publish.ts';
import { AdmittedPeers, awaitPeer, decide, yields } from './simultaneous.ts';

/** How long closing waits for a peer to take what was sent, in milliseconds. */
const CLOSE_TIMEOUT = 2_000;

export interface ConnectionsHandler {
  up(link: Link): void;
  down(link: Link, reason: HiddenNodeError): void;
  /** A connection did not come about; `lost` messages that waited for it were dropped. */
  failed(peer: string | undefined, error: HiddenNodeError, lost: number): void;
  /** No link to a peer came about, and none is on its way. */
  unreachable(peer: Atom, error: HiddenNodeError): void;
  /** Everything that waited for a peer has been sent. */
  drained(outbox: SignalOutbox): void;
}

export interface ConnectionsOptions extends LinkOptions, OutboxOptions {
  /** Milliseconds for a connection that is opened because something is sent, and for one that a peer opens. */
  timeout: number;
}

/** What this node has with one peer: an outbox that waits for a link, or a link. */
interface Entry {
  readonly name: NodeName;
  readonly outbox: SignalOutbox;
  link: Link | undefined;
  attempt: Attempt<Link> | undefined;
}

/** Opens a carrier to a peer within the deadline. */
export type Dial = (name: NodeName, deadline: Deadline) => Promise<Carrier>;

export class Connections {
  readonly #entries = new Map<Atom, Entry>();
  /** Links that are over, while what was sent still goes out. */
  readonly #closing = new Map<Link, Promise<void> | undefined>();
  readonly #accepting = new Set<AbortController>();
  readonly #admitted = new AdmittedPeers();
  #stopped: HiddenNodeError | undefined;
  #whatIsWrittenMustGoOut = true;

  constructor(
    private readonly identity: Identity,
    private readonly signals: SignalHandler,
    private readonly handler: ConnectionsHandler,
    private readonly options: ConnectionsOptions,
    private readonly dial: Dial,
  ) {}

  get #name(): string {
    return this.identity.name.full;
  }

  /** The nodes with a link. */
  names(): string[] {
    return this.links().map((link) => link.peer.name);
  }

  links(): Link[] {
    return [...this.#entries.values()].flatMap((entry) => entry.link ?? []);
  }

  link(peer: Atom): Link | undefined {
    return this.#entries.get(peer)?.link;
  }

  /** What is to be sent to each peer, with a link or on its way to one. */
  *outboxes(): Iterable<SignalOutbox> {
    for (const { outbox } of this.#entries.values()) yield outbox;
  }

  /** Everything through which something may still go out: also links that are being closed. */
  outlets(): (SignalOutbox | Link)[] {
    return [...this.#closing.keys(), ...[...this.#entries.values()].map((entry) => entry.outbox)];
  }

  /**
   * Where messages to a peer go. When there is no link, a connection is begun, and what is written before it is up goes
   * out first.
   *
   * @throws `invalid_node_name`, `name_domain_mismatch`
   */
  outbox(peer: Atom): SignalOutbox {
    const entry = this.#entries.get(peer) ?? this.#entry(peer);
    if (entry.link !== undefined) return entry.outbox;
    if (entry.attempt === undefined || this.#whatIsWrittenMustGoOut) {
      const { timeout } = this.options;
      if (entry.attempt === undefined) this.#begin(entry, this.dial, timeout).want();
      else entry.attempt.want(timeout);
    }
    return entry.outbox;
  }

  /**
   * Runs what writes something that is of no use when those who wait for the connection give up, such as a call: it alone does
   * not make the attempt go on.
   */
  forThoseWhoWait<T>(write: () => T): T {
    this.#whatIsWrittenMustGoOut = false;
    try {
      return write();
    } finally {
      this.#whatIsWrittenMustGoOut = true;
    }
  }

  /** Where messages to a peer go that is connected, or being connected to. */
  existingOutbox(peer: Atom): SignalOutbox | undefined {
    return this.#entries.get(peer)?.outbox;
  }

  /**
   * Connects to a peer, or waits for the attempt that is under way, or takes the link that there is.
   *
   * @param timeout - milliseconds
   */
  async connect(peer: Atom, timeout: number, signal?: AbortSignal, dial: Dial = this.dial): Promise<Link> {
    const entry = this.#entries.get(peer) ?? this.#entry(peer);
    if (entry.link !== undefined) return entry.link;
    const attempt = entry.attempt?.extend(timeout) ?? this.#begin(entry, dial, timeout);
    return attempt.join(timeout, signal);
  }

  /**
   * Performs the handshake with a peer that has connected to us.
   *
   * @returns its link
   */
  async accept(carrier: Carrier, timeout = this.options.timeout): Promise<Link> {
    const abort = new AbortController();
    this.#accepting.add(abort);
    const deadline = new Deadline(timeout, abort.signal);
    let over = (): void => undefined;
    try {
      const admit = ({ name }: Peer) => {
        const admission = this.#admit(name);
        if (admission === 'ok' || admission === 'ok_simultaneous') over = this.#admitted.add(name);
        return admission;
      };
      const handshake = { cnode: this.identity.cnode, carrier, deadline, admit };
      const outcome = await publishedHandshake(this.#name, handshake);
      return this.#establish(carrier, outcome);
    } catch (error) {
      if (this.#stopped !== undefined) throw this.#stopped;
      if (isHiddenNodeError(error) && !yields(error)) {
        this.handler.failed(error.facts.peer as string | undefined, error, 0);
      }
      throw error;
    } finally {
      deadline.dispose();
      this.#accepting.delete(abort);
      over();
    }
  }

  /** Closes the link to a peer after what waits is sent. False when there is none. */
  async disconnect(peer: Atom, reason: HiddenNodeError): Promise<boolean> {
    const entry = this.#entries.get(peer);
    entry?.attempt?.cancel(reason);
    if (entry?.link === undefined) return false;
    await this.#close(entry.link, reason, CLOSE_TIMEOUT);
    return true;
  }

  /** Closes everything. */
  async stop(reason: HiddenNodeError): Promise<void> {
    this.#stopped = reason;
    for (const abort of this.#accepting) abort.abort(reason);
    const disconnected = [...this.#entries.keys()].map((peer) => this.disconnect(peer, reason));
    await Promise.all([...disconnected, ...this.#closing.values()]);
  }

  #entry(peer: Atom): Entry {
    const name = parseNodeName(peer.name);
    assertSameDomain(this.identity.name, name);
    const outbox: SignalOutbox = new SignalOutbox(this.options, () => this.handler.drained(outbox));
    const entry: Entry = { name, outbox, link: undefined, attempt: undefined };
    this.#entries.set(peer, entry);
    return entry;
  }

  #begin(entry: Entry, dial: Dial, timeout: number): Attempt<Link> {
    const peer = entry.name.full;
    const attempt = new Attempt<Link>(peer, timeout, async (deadline) => {
      publishConnect(this.#name, peer);
      const carrier = await dial(entry.name, deadline);
      await this.#admitted.letFinish(peer, carrier, deadline);
      attempt.shakingHands = true;
      const handshake = { cnode: this.identity.cnode, carrier, deadline, expected: peer };
      const outcome = await publishedHandshake(this.#name, handshake).catch((error) => awaitPeer(error, deadline));
      return this.#establish(carrier, outcome);
    });
    entry.attempt = attempt;
    attempt.outcome.then(
      () => this.#attemptOver(entry, attempt),
      (error) => this.#attemptFailed(entry, attempt, error),
    );
    return attempt;
  }

  #attemptOver(entry: Entry, attempt: Attempt<Link>): void {
    if (entry.attempt === attempt) entry.attempt = undefined;
  }

  #attemptFailed(entry: Entry, attempt: Attempt<Link>, error: HiddenNodeError): void {
    this.#attemptOver(entry, attempt);
    if (entry.link !== undefined) return;
    const lost = entry.outbox.unsentMessages;
    this.#forget(entry);
    this.handler.unreachable(atom(entry.name.full), error);
    this.handler.failed(entry.name.full, error, lost);
  }

  #forget(entry: Entry): void {
    const peer = atom(entry.name.full);
    if (this.#entries.get(peer) === entry) this.#entries.delete(peer);
    entry.outbox.detach();
  }

  #admit(peer: string): Admission {
    const { name } = this.identity;
    if (this.#stopped !== undefined || peer === name.full) return 'not_allowed';
    try {
      assertSameDomain(name, parseNodeName(peer));
    } catch {
      return 'not_allowed';
    }
    const entry = this.#entries.get(atom(peer));
    if (entry?.attempt === undefined || !entry.attempt.shakingHands) return 'ok';
    return decide(name.full, peer);
  }

  #establish(carrier: Carrier, { peer, rest }: HandshakeOutcome): Link {
    if (this.#stopped !== undefined) {
      carrier.destroy();
      throw this.#stopped;
    }
    const entry = this.#freeEntry(peer.name);
    const link = new Link(
      peer,
      carrier,
      entry.outbox,
      this.signals,
      { down: (reason) => this.#down(entry, link, reason), drained: () => this.handler.drained(entry.outbox) },
      this.options,
    );
    entry.link = link;
    entry.attempt?.settle(link);
    publishLink(this.#name, link);
    this.handler.up(link);
    link.start(rest);
    return link;
  }

  /** A place for a new link. A peer that shakes hands again has lost the old link, or is a new incarnation: that one is over. */
  #freeEntry(peer: string): Entry {
    const key = atom(peer);
    const reason = new HiddenNodeError('noconnection', `${peer} opened a new connection`, { peer });
    const link = this.#entries.get(key)?.link;
    if (link !== undefined) void this.#close(link, reason, 0);
    return this.#entries.get(key) ?? this.#entry(key);
  }

  #close(link: Link, reason: HiddenNodeError, timeout: number): Promise<void> {
    // Before anybody is told that it is over, and asks what still goes out.
    this.#closing.set(link, undefined);
    const closed = link.close(reason, timeout).finally(() => this.#closing.delete(link));
    this.#closing.set(link, closed);
    return closed;
  }

  #down(entry: Entry, link: Link, reason: HiddenNodeError): void {
    entry.link = undefined;
    this.#forget(entry);
    publishLink(this.#name, link, reason);
    this.handler.down(link, reason);
  }
}
