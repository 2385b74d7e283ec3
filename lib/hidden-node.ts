/**
 * The facade: one node of an Erlang cluster, with everything that it can do.
 */
import type { Duplex } from 'node:stream';
import { StreamCarrier } from './carrier/stream.ts';
import { withDeadline } from './deadline.ts';
import type { LinkStats } from './distribution/link.ts';
import { HiddenNodeError } from './errors.ts';
import { CALL_TIMEOUT, type WaitOptions } from './gen-server-verbs.ts';
import { NameVerbs } from './name-verbs.ts';
import { assertPort } from './node/address.ts';
import { resolveCookie } from './node/cookie.ts';
import { Identity } from './node/identity.ts';
import { type Connect, Keeper, type KeptPeer } from './node/keeper.ts';
import { assertSameDomain, parseNodeName } from './node/name.ts';
import { type NodeSettings, type StartOptions, settings } from './options.ts';
import { Presence } from './presence.ts';
import { type Destination, Registered } from './process/destination.ts';
import type { Mailbox, MailboxOptions } from './process/mailbox.ts';
import { NET_KERNEL } from './process/net-kernel.ts';
import { Window, type WindowOptions } from './rpc/window.ts';
import { Runtime } from './runtime.ts';
import { type Atom, atom } from './term/atom.ts';
import type { Pid } from './term/pid.ts';
import type { Reference } from './term/reference.ts';
import type { EncodableTerm } from './term/term.ts';
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

/**
 * A node of an Erlang cluster: a hidden node, which other nodes see in `nodes(hidden)`.
 *
 * @example
 * const node = await HiddenNode.start({ name: 'js@127.0.0.1', cookie: 'secret' });
 * await node.connect('app@127.0.0.1');
 * node.send(registered('logger', 'app@127.0.0.1'), tuple(atom('log'), 'hello'));
 * await node.stop();
 */
export class HiddenNode extends NameVerbs implements AsyncDisposable {
  readonly #runtime: Runtime;
  readonly #presence: Presence;
  readonly #keeper: Keeper;
  #stopping: Promise<void> | undefined;

  override readonly pid: Pid;

  private constructor(identity: Identity, nodeSettings: NodeSettings) {
    super();
    this.#runtime = new Runtime(identity, nodeSettings, {
      nodeUp: (name) => {
        this.#keeper.up(atom(name));
        this.emit('nodeup', name);
      },
      nodeDown: (name, reason) => {
        this.#keeper.down(atom(name), reason);
        this.emit('nodedown', name, reason);
      },
      linkFailed: (name, reason, lost) => this.emit('linkfailed', name, reason, lost),
    });
    const { connections } = this.#runtime;
    this.#keeper = new Keeper((peer) => connections.link(peer) !== undefined, nodeSettings);
    this.#presence = new Presence(identity.name.alive, nodeSettings, {
      // What fails is told by the event linkfailed.
      accepted: (carrier) => void connections.accept(carrier).catch(() => undefined),
      failed: (error) => this.#runtime.linkFailed(undefined, error, 0),
      lost: (error) => this.emit('epmdlost', error),
      regained: () => this.emit('epmdregained'),
    });
    this.pid = identity.makePid();
  }

  /**
   * Starts a node: finds its cookie, listens, and registers in EPMD.
   *
   * @param options - see {@link StartOptions}; only `name` is needed
   * @returns the node, which peers can reach from now on
   * @throws HiddenNodeError
   *   - `invalid_node_name`, `invalid_argument`; `name_domain_mismatch` for a name in `peers`
   *   - `cookie_missing`, `cookie_invalid`, `cookie_file_permissions`
   *   - `listen_failed`, `host_unresolved`
   *   - `epmd_unreachable`, `epmd_timeout`, `epmd_protocol`, `name_taken`
   *   - `aborted`, `native_failure`
   * @see Erlang Reference Manual, "Distributed Erlang", sections "Nodes", "Hidden Nodes" and "Security"
   */
  static async start(options: StartOptions): Promise<HiddenNode> {
    const checked = settings(options);
    const name = parseNodeName(options.name);
    const { timeout } = checked;
    return withDeadline({ timeout, signal: options.signal }, timeout, async (deadline) => {
      const cookie = await resolveCookie({ cookie: options.cookie });
      const node = new HiddenNode(new Identity(name, cookie.value), checked);
      try {
        await node.#presence.begin(deadline);
        for (const peer of checked.peers) node.keep(peer);
        return node;
      } catch (error) {
        await node.stop();
        throw error;
      }
    });
  }

  /** @internal */
  protected override get runtime(): Runtime {
    return this.#runtime;
  }

  /** The full name of the node. */
  get name(): string {
    return this.#runtime.name;
  }

  /** The number that tells this incarnation of the node from earlier ones. */
  get creation(): number {
    return this.#runtime.identity.creation;
  }

  /** The TCP port that the node listens at; undefined when it does not listen. */
  get port(): number | undefined {
    return this.#presence.port;
  }

  /** True while the name of the node is in EPMD. */
  get registeredInEpmd(): boolean {
    return this.#presence.registered;
  }

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
    const { timeout = retry ? Number.POSITIVE_INFINITY : this.#runtime.settings.timeout } = options;
    const peer = this.#runtime.peer(name);
    checkTimeout(timeout);
    if (retry && stream !== undefined) {
      throw new HiddenNodeError('invalid_argument', 'a stream can be used once: it goes without retry', { name });
    }
    if (this.#runtime.isSelf(peer)) {
      stream?.destroy();
      return;
    }
    const connect = this.#connectTo(peer, options);
    let connecting: Promise<void>;
    if (stream !== undefined) connecting = this.#runtime.connectOver(stream, peer, timeout, signal);
    else if (retry) connecting = this.#keeper.reach(peer, connect, timeout, signal);
    else connecting = connect(timeout, signal);
    this.#keeper.resume(peer);
    await connecting;
  }

  #connectTo(peer: Atom, { host, port }: KeepOptions): Connect {
    return (timeout, signal) => this.#runtime.connectTo({ host, port }, peer, timeout, signal);
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
    const peer = this.#runtime.peer(name);
    assertSameDomain(this.#runtime.identity.name, parseNodeName(name));
    if (options.port !== undefined) assertPort(options.port);
    if (!this.#runtime.isSelf(peer)) this.#keeper.keep(peer, this.#connectTo(peer, options));
  }

  /**
   * Keeps a node no longer. A link to it stays, and an attempt for which nobody else waits is given up.
   *
   * @returns false when the node was not kept
   * @throws `invalid_node_name`
   */
  release(name: string): boolean {
    return this.#keeper.release(atom(parseNodeName(name).full));
  }

  /** The nodes that are kept, by name, and how each fares. Empty after {@link stop}. */
  keptPeers(): Record<string, KeptPeer> {
    return this.#keeper.states();
  }

  /**
   * Takes a peer that has connected over a stream of bytes: the other side of `connect` with a stream.
   *
   * @param stream - a connected Duplex; the node owns it from now on
   * @returns the name of the peer
   * @throws the errors of a handshake, as in {@link connect}
   */
  async accept(stream: Duplex, options: { timeout?: number } = {}): Promise<string> {
    this.#runtime.assertRunning();
    const link = await this.#runtime.connections.accept(new StreamCarrier(stream), options.timeout);
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
    const reason = new HiddenNodeError('disconnected', `${this.name} closed the connection to ${name}`, { peer: name });
    this.#keeper.end(peer, reason);
    return this.#runtime.connections.disconnect(peer, reason);
  }

  /** The names of the nodes that there are links to. */
  nodes(): string[] {
    return this.#runtime.connections.names();
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
    const peer = this.#runtime.peer(name);
    if (this.#runtime.isSelf(peer)) return true;
    try {
      const remaining = await this.#runtime.connected(peer, timeout, signal);
      const question = tuple(IS_AUTH, this.#runtime.identity.atom);
      const answer = await this.#runtime.calls.call(new Registered(NET_KERNEL, peer), question, {
        timeout: remaining,
        signal,
      });
      return answer === YES;
    } catch (error) {
      if (!(error instanceof HiddenNodeError) || WRONG_CALLS.has(error.code)) throw error;
      return false;
    }
  }

  /**
   * Sends a message. It is encoded before the call returns, so what is changed in it later does not matter. When there is no
   * link to the node, one is opened, and the message goes out when it is up; messages that could not be delivered because
   * it never came up are reported by the event `linkfailed`, and otherwise, as in Erlang, there is no answer to a send.
   * Messages from one sender to one receiver arrive in the order in which they were sent.
   *
   * @param to - a pid, `registered(name, node)`, or an alias (a reference)
   * @param message - any term
   * @returns false when more than the high-water mark waits to be sent to that node: the message was accepted, and a
   *   producer that can wait should await {@link drained}
   * @throws `node_stopped`, `invalid_argument`, `not_a_term`, `term_too_deep`, `invalid_node_name`, `name_domain_mismatch`;
   *   nothing was sent then
   * @see Erlang Reference Manual, "Processes", section "Message Sending"
   */
  send(to: Destination, message: EncodableTerm): boolean {
    return this.#runtime.send(this.pid, to, message);
  }

  /**
   * Waits until no peer has more than the high-water mark waiting to be sent.
   *
   * @throws `timeout`, `aborted`, `node_stopped`
   */
  drained(options: WaitOptions = {}): Promise<void> {
    this.#runtime.assertRunning();
    return this.#runtime.backlog.drained(options.timeout ?? Number.POSITIVE_INFINITY, options.signal);
  }

  /**
   * Makes a mailbox: a process identifier of this node, to which processes can send.
   *
   * @param name - registers it, so that processes can send to `{Name, Node}`
   * @param options.trapExit - exit signals become messages and do not end it; default: false
   * @param options.bound - the most that it holds before its links stop reading; default: none
   * @throws `registered_name_taken`, `invalid_argument`, `node_stopped`
   * @see Erlang Reference Manual, "Processes", section "Registered Processes"
   */
  mailbox(name?: string, options?: MailboxOptions): Mailbox {
    return this.#runtime.mailbox(name, options);
  }

  /**
   * Makes a window: it sends messages to one process as calls to a `gen_server`, and no more of them at a time than that process has
   * answered. Like {@link send} it opens a link if need be.
   *
   * @param to - a pid, or `registered(name, node)`
   * @param options.size - how many messages may be unacknowledged; default 64
   * @param options.timeout - milliseconds that each `send` and `flush` waits; default: no limit
   * @param options.envelope - the form of the messages, for a receiver that is no `gen_server`
   * @throws `invalid_argument`, `invalid_node_name`, `name_domain_mismatch`, `node_stopped`
   */
  window(to: Pid | Registered, options: WindowOptions = {}): Window {
    return new Window(this.#runtime.mailbox(undefined), to, options);
  }

  /** A new reference, unlike any other of the cluster. Erlang documentation: `erlang:make_ref/0`. */
  reference(): Reference {
    return this.#runtime.identity.makeReference();
  }

  /** Figures of every link, by the name of the peer. */
  stats(): Record<string, LinkStats> {
    return Object.fromEntries(this.#runtime.connections.links().map((link) => [link.peer.name, link.stats()]));
  }

  /**
   * Stops the node: closes its mailboxes, gives its name back to EPMD, sends what waits and closes every link. What is
   * under way rejects with `node_stopped`. May be called at any time, also more than once. A peer that does not take what
   * was sent to it holds up the end for two seconds at most.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#end();
    return this.#stopping;
  }

  async #end(): Promise<void> {
    this.#keeper.stop(this.#runtime.stoppedError());
    await Promise.all([this.#runtime.stop(), this.#presence.end()]);
  }

  /** The same as {@link stop}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** Errors that mean that a ping was asked for wrongly or ended early, not that the peer does not answer. */
const WRONG_CALLS: ReadonlySet<string> = new Set([
  'invalid_node_name',
  'name_domain_mismatch',
  'invalid_argument',
  'node_stopped',
  'aborted',
]);
