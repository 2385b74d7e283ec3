/**
 * How a node gets its links, keeps them and gives them up.
 * Erlang documentation: kernel, `net_kernel` and `net_adm`.
 */
import type { Duplex } from 'node:stream';
import { StreamCarrier } from './carrier/stream.ts';
import { HiddenNodeError } from './errors.ts';
import { CALL_TIMEOUT, type WaitOptions } from './gen-server-verbs.ts';
import { NameVerbs } from './name-verbs.ts';
import { assertPort } from './node/address.ts';
import type { Connect, Keeper, KeptPeer } from './node/keeper.ts';
import { assertSameDomain, parseNodeName } from './node/name.ts';
import { Registered } from './process/destination.ts';
import { NET_KERNEL } from './process/net-kernel.ts';
import type { TunePeerOptions } from './rpc/peer-options.ts';
import type { PeerTuning } from './rpc/peer-tuning.ts';
import { type Atom, atom } from './term/atom.ts';
import { tuple } from './term/tuple.ts';
import { checkTimeout } from './waiter.ts';

const IS_AUTH = atom('is_auth');
const YES = atom('yes');

/** Where a peer is, when EPMD and DNS are not to be asked: options of {@link HiddenNode.keep}. */
export interface KeepOptions {
  /** The host to go to, in place of the one in the name. */
  host?: string | undefined;
  /** The port to go to; EPMD is then not asked. */
  port?: number | undefined;
}

/** Options of {@link HiddenNode.connect}. */
export interface ConnectOptions extends WaitOptions, KeepOptions {
  /** Tries again, with pauses that grow, until there is a link. Default: false. */
  retry?: boolean | undefined;
  /** A connected stream of bytes to the peer, in place of TCP. */
  stream?: Duplex | undefined;
}

/** Errors that mean that a ping was asked for wrongly or ended early, not that the peer does not answer. */
const WRONG_CALLS: ReadonlySet<string> = new Set([
  'invalid_node_name',
  'name_domain_mismatch',
  'invalid_argument',
  'node_stopped',
  'aborted',
]);

export abstract class ConnectionVerbs extends NameVerbs {
  /** @internal Connects again to the peers that are kept. */
  protected abstract readonly keeper: Keeper;

  /**
   * Connects to a node. When there is a link already, whoever opened it, that is enough.
   *
   * With `retry` an attempt that fails is followed by another, after a pause (see the option `backoff` of {@link start}), until there
   * is a link, whoever opened it. These end it at once: a mistake in what was asked for; `disconnected`; and, when two attempts in a
   * row end with the same one, `cookie_mismatch`, `peer_name_mismatch` and `missing_flags`.
   *
   * @param name - the full name of the peer; it is verified that this is who answers
   * @param options.timeout - milliseconds for everything: resolving, EPMD, TCP and the handshake; default that of the node (7000).
   *   With `retry` for all attempts together; default no limit
   * @param options.signal - gives up when it fires
   * @param options.retry - tries again and again; default false
   * @param options.host, options.port - where the peer is, when EPMD and DNS are not to be asked
   * @param options.stream - a connected Duplex to use in place of TCP; the node owns it, and destroys it when it is not needed
   * @throws HiddenNodeError
   *   - `invalid_node_name`, `name_domain_mismatch`, `invalid_argument`, `node_stopped`
   *   - `host_unresolved`, `epmd_unreachable`, `epmd_timeout`, `epmd_protocol`, `peer_unknown`
   *   - `connection_refused`, `connection_failed`, `aborted`; `timeout`, which with `retry` has the fact `attempts`, and as its cause
   *     what the latest one failed with; `disconnected` when {@link disconnect} is called meanwhile
   *   - `cookie_mismatch`, `peer_name_mismatch`, `missing_flags`, `peer_refused`, `handshake_failed`, `handshake_closed`,
   *     `handshake_limit`
   * @see Erlang documentation: ERTS, "Distribution Protocol"; kernel, `net_kernel:connect_node/1`
   */
  async connect(name: string, options: ConnectOptions = {}): Promise<void> {
    const { retry = false, signal, stream } = options;
    const { timeout = retry ? Number.POSITIVE_INFINITY : this.runtime.settings.timeout } = options;
    const peer = this.runtime.peer(name);
    checkTimeout(timeout);
    if (retry && stream !== undefined) {
      throw new HiddenNodeError('invalid_argument', 'a stream can be used once: it goes without retry', { name });
    }
    if (this.runtime.isSelf(peer)) {
      stream?.destroy();
      return;
    }
    const connect = this.#connectTo(peer, options);
    let connecting: Promise<void>;
    if (stream !== undefined) connecting = this.runtime.connectOver(stream, peer, timeout, signal);
    else if (retry) connecting = this.keeper.reach(peer, connect, timeout, signal);
    else connecting = connect(timeout, signal);
    this.keeper.resume(peer);
    await connecting;
  }

  #connectTo(peer: Atom, { host, port }: KeepOptions): Connect {
    return (timeout, signal) => this.runtime.connectTo({ host, port }, peer, timeout, signal);
  }

  /**
   * Keeps a node connected: connects to it in the background, and again whenever the link is lost, with pauses that grow (see the
   * option `backoff` of {@link start}). A peer that connects to this node meanwhile will do. No failure ends it: each is told by
   * the event `linkfailed`. {@link disconnect} suspends it, until `connect` or `keep` is called for the node again.
   *
   * A node that is kept keeps the process alive, also while it is away, until it is released or this node is stopped.
   *
   * @param name - the full name of the peer; the name of this node itself is passed over, so that all nodes can share one list
   * @param options.host, options.port - where the peer is, when EPMD and DNS are not to be asked
   * @throws `invalid_node_name`, `name_domain_mismatch`, `invalid_argument`, `node_stopped`
   */
  keep(name: string, options: KeepOptions = {}): void {
    const peer = this.runtime.peer(name);
    assertSameDomain(this.runtime.identity.name, parseNodeName(name));
    if (options.port !== undefined) assertPort(options.port);
    if (!this.runtime.isSelf(peer)) this.keeper.keep(peer, this.#connectTo(peer, options));
  }

  /**
   * Keeps a node no longer. A link to it stays, and an attempt for which nobody else waits is given up.
   *
   * @returns false when the node was not kept
   * @throws `invalid_node_name`
   */
  release(name: string): boolean {
    return this.keeper.release(atom(parseNodeName(name).full));
  }

  /** The nodes that are kept, by name, and how each fares. Empty after {@link stop}. */
  keptPeers(): Record<string, KeptPeer> {
    return this.keeper.states();
  }

  /**
   * Takes a peer that has connected over a stream of bytes: the other side of `connect` with a stream.
   *
   * @param stream - a connected Duplex; the node owns it from now on
   * @returns the name of the peer
   * @throws the errors of a handshake, as in {@link connect}
   */
  async accept(stream: Duplex, options: { timeout?: number } = {}): Promise<string> {
    this.runtime.assertRunning();
    const link = await this.runtime.connections.accept(new StreamCarrier(stream), options.timeout);
    return link.peer.name;
  }

  /**
   * Closes the link to a node, after what was sent has gone out, for which the peer has two seconds. A connection that is
   * being opened is given up, and so is a `connect` that would try again. A node that is kept stays away until {@link connect} or
   * {@link keep} is called for it. Erlang documentation: `erlang:disconnect_node/1`.
   *
   * @returns false when there was no link
   * @throws `invalid_node_name`
   */
  async disconnect(name: string): Promise<boolean> {
    const peer = atom(parseNodeName(name).full);
    const reason = new HiddenNodeError('disconnected', `${this.runtime.name} closed the connection to ${name}`, {
      peer: name,
    });
    this.keeper.end(peer, reason);
    return this.runtime.connections.disconnect(peer, reason);
  }

  /**
   * Tells an Erlang node how to use its socket for the connection to this node, connecting first if need be: to collect what it sends, and to
   * read more at a time. Both raise throughput. Nothing else of the peer is changed, and nothing else of this library calls this. It lasts as
   * long as the connection; a new one has the options that the peer gives every connection.
   *
   * The options are set all or none, also when this gives up. A connection may be tuned several times: the newest tuning that is not undone counts.
   *
   * @param name - the full name of the peer
   * @param options.delaySend - whether it collects what its processes send, to write it at once; default true
   * @param options.buffer - how many bytes it reads at a time, 1 KiB to 16 MiB; default 65536
   * @param options.timeout - milliseconds for everything; default 5000, `Infinity` waits for ever
   * @returns what was done, and how to undo it
   * @throws HiddenNodeError
   *   - `invalid_argument`, before anything is sent
   *   - `tuning_refused` when the peer cannot: the fact `reason` is what it said, a term. It has the options that it had, unless the fact `restored` is false
   *   - `noconnection` when the connection is lost meanwhile; `timeout`, `aborted`, `node_stopped`, and those of {@link connect}
   * @see Erlang documentation: kernel, `net_kernel:setopts/2`; `inet:setopts/2`
   */
  async tunePeer(name: string, options: TunePeerOptions = {}): Promise<PeerTuning> {
    return this.runtime.tunings.tune(this.runtime.peer(name), options);
  }

  /** The names of the nodes that there are links to. */
  nodes(): string[] {
    return this.runtime.connections.names();
  }

  /**
   * Asks a node whether it answers, connecting first if need be, as `net_adm:ping/1` does.
   *
   * @param options.timeout - milliseconds for everything; default 5000
   * @returns true when it does, false when it cannot be reached or does not answer in time
   * @throws `invalid_node_name`, `name_domain_mismatch`, `invalid_argument`, `node_stopped`, `aborted`
   */
  async ping(name: string, options: WaitOptions = {}): Promise<boolean> {
    const { timeout = CALL_TIMEOUT, signal } = options;
    const peer = this.runtime.peer(name);
    if (this.runtime.isSelf(peer)) return true;
    try {
      const remaining = await this.runtime.connected(peer, timeout, signal);
      const question = tuple(IS_AUTH, this.runtime.identity.atom);
      const answer = await this.runtime.calls.call(new Registered(NET_KERNEL, peer), question, {
        timeout: remaining,
        signal,
      });
      return answer === YES;
    } catch (error) {
      if (!(error instanceof HiddenNodeError) || WRONG_CALLS.has(error.code)) throw error;
      return false;
    }
  }
}
