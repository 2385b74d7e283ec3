/**
 * The facade: one node of an Erlang cluster, with everything that it can do.
 */
import type { Duplex } from 'node:stream';
import { StreamCarrier } from './carrier/stream.ts';
import { TcpListener } from './carrier/tcp.ts';
import { Deadline } from './deadline.ts';
import { publishDropped } from './diagnostics.ts';
import type { LinkStats } from './distribution/link.ts';
import { EpmdRegistration } from './epmd/registration.ts';
import { HiddenNodeError } from './errors.ts';
import { NodeEmitter } from './events.ts';
import { resolveAddresses } from './node/address.ts';
import { Connections } from './node/connections.ts';
import { resolveCookie } from './node/cookie.ts';
import { tcpDial } from './node/dial.ts';
import { Identity } from './node/identity.ts';
import { parseNodeName } from './node/name.ts';
import { type NodeSettings, type StartOptions, settings } from './options.ts';
import { Backlog } from './process/backlog.ts';
import { assertDestination, type Destination, Registered } from './process/destination.ts';
import { LocalDelivery } from './process/local.ts';
import { Mailbox, type MailboxOwner } from './process/mailbox.ts';
import { NET_KERNEL, NetKernel } from './process/net-kernel.ts';
import { Registry } from './process/registry.ts';
import { Router } from './process/router.ts';
import { rpcCall, rpcCast, target } from './rpc/call.ts';
import { GenCalls } from './rpc/gen-calls.ts';
import { type Atom, atom } from './term/atom.ts';
import { Pid } from './term/pid.ts';
import type { Reference } from './term/reference.ts';
import type { EncodableTerm, Term } from './term/term.ts';
import { tuple } from './term/tuple.ts';
import { checkTimeout } from './waiter.ts';

const NORMAL = atom('normal');
const IS_AUTH = atom('is_auth');
const YES = atom('yes');

/** How long a call waits for its answer when the caller does not say, in milliseconds: that of `gen_server:call/2`. */
const CALL_TIMEOUT = 5_000;

/** How long to wait, and what ends the wait early. */
export interface WaitOptions {
  /** Milliseconds. */
  timeout?: number;
  signal?: AbortSignal;
}

/** Options of {@link HiddenNode.connect}. */
export interface ConnectOptions extends WaitOptions {
  /** The host to go to, in place of the one in the name. */
  host?: string;
  /** The port to go to; EPMD is then not asked. */
  port?: number;
  /** A connected stream of bytes to the peer, in place of TCP. */
  stream?: Duplex;
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
export class HiddenNode extends NodeEmitter implements AsyncDisposable {
  readonly #identity: Identity;
  readonly #settings: NodeSettings;
  readonly #registry = new Registry();
  readonly #router: Router;
  readonly #connections: Connections;
  readonly #calls: GenCalls;
  readonly #backlog: Backlog;
  readonly #local: LocalDelivery;
  readonly #mailboxes = new Set<Mailbox>();
  readonly #owner: MailboxOwner;
  #listener: TcpListener | undefined;
  #port: number | undefined;
  #registration: EpmdRegistration | undefined;
  #stopping: Promise<void> | undefined;

  /** The process that messages of {@link send} come from. */
  readonly pid: Pid;

  private constructor(identity: Identity, nodeSettings: NodeSettings) {
    super();
    this.#identity = identity;
    this.#settings = nodeSettings;
    this.pid = identity.makePid();
    this.#router = new Router(identity, this.#registry, () => this.#connections);
    const { epmd, hosts } = nodeSettings;
    this.#connections = new Connections(
      identity,
      this.#router,
      {
        up: (link) => this.emit('nodeup', link.peer.name),
        down: (link, reason) => this.#nodeDown(link.peer.name, reason),
        failed: (peer, error, lost) => this.#linkFailed(peer, error, lost),
        drained: () => this.#backlog.changed(),
      },
      nodeSettings,
      tcpDial({ epmd, hosts }),
    );
    this.#backlog = new Backlog(nodeSettings.highWaterMark, () => this.#connections.mostQueuedBytes);
    this.#local = new LocalDelivery(this.#router, nodeSettings.decode);
    this.#owner = {
      send: (from, to, message) => this.#send(from, to, message),
      closed: (mailbox) => this.#mailboxClosed(mailbox),
    };
    this.#calls = this.#startCalls();
    this.#startNetKernel();
  }

  /**
   * Starts a node: finds its cookie, listens, and registers in EPMD.
   *
   * @param options - see {@link StartOptions}; only `name` is needed
   * @returns the node, which peers can reach from now on
   * @throws HiddenNodeError
   *   - `invalid_node_name`, `invalid_argument`
   *   - `cookie_missing`, `cookie_invalid`, `cookie_file_permissions`
   *   - `listen_failed`, `host_unresolved`
   *   - `epmd_unreachable`, `epmd_timeout`, `epmd_protocol`, `name_taken`
   *   - `aborted`, `timeout`, `native_failure`
   * @see Erlang Reference Manual, "Distributed Erlang", sections "Nodes", "Hidden Nodes" and "Security"
   */
  static async start(options: StartOptions): Promise<HiddenNode> {
    const checked = settings(options);
    const name = parseNodeName(options.name);
    using deadline = new Deadline(checked.timeout, options.signal);
    const cookie = await resolveCookie({ cookie: options.cookie });
    const node = new HiddenNode(new Identity(name, cookie.value), checked);
    try {
      await node.#listen(deadline);
      await node.#register(deadline);
      return node;
    } catch (error) {
      await node.stop();
      throw error;
    }
  }

  /** The full name of the node. */
  get name(): string {
    return this.#identity.name.full;
  }

  /** The number that tells this incarnation of the node from earlier ones. */
  get creation(): number {
    return this.#identity.creation;
  }

  /** The TCP port that the node listens at; undefined when it does not listen. */
  get port(): number | undefined {
    return this.#port;
  }

  /** True while the name of the node is in EPMD. */
  get registeredInEpmd(): boolean {
    return this.#registration?.registered ?? false;
  }

  /**
   * Connects to a node. When there is a link already, whoever opened it, that is enough.
   *
   * @param name - the full name of the peer; it is verified that this is who answers
   * @param options.timeout - milliseconds for everything: resolving, EPMD, TCP and the handshake; default that of the node (7000)
   * @param options.signal - gives up when it fires
   * @param options.host, options.port - where the peer is, when EPMD and DNS are not to be asked
   * @param options.stream - a connected Duplex to use in place of TCP
   * @throws HiddenNodeError
   *   - `invalid_node_name`, `name_domain_mismatch`, `invalid_argument`, `node_stopped`
   *   - `host_unresolved`, `epmd_unreachable`, `epmd_timeout`, `epmd_protocol`, `peer_unknown`
   *   - `connection_refused`, `connection_failed`, `timeout`, `aborted`
   *   - `cookie_mismatch`, `peer_name_mismatch`, `missing_flags`, `peer_refused`, `handshake_failed`, `handshake_closed`,
   *     `handshake_limit`
   * @see Erlang documentation: ERTS, "Distribution Protocol"; kernel, `net_kernel:connect_node/1`
   */
  async connect(name: string, options: ConnectOptions = {}): Promise<void> {
    const { timeout = this.#settings.timeout, signal, host, port, stream } = options;
    const peer = this.#peer(name);
    checkTimeout(timeout);
    if (peer === this.#identity.atom) return;
    const { epmd, hosts } = this.#settings;
    const dial =
      stream === undefined ? tcpDial({ epmd, hosts, host, port }) : async () => new StreamCarrier(stream, 'stream');
    await this.#connections.connect(peer, timeout, signal, dial);
  }

  /**
   * Takes a peer that has connected over a stream of bytes: the other side of `connect` with a stream.
   *
   * @param stream - a connected Duplex; the node owns it from now on
   * @returns the name of the peer
   * @throws the errors of a handshake, as in {@link connect}
   */
  async accept(stream: Duplex, options: { timeout?: number } = {}): Promise<string> {
    this.#assertRunning();
    const link = await this.#connections.accept(new StreamCarrier(stream, 'stream'), options.timeout);
    return link.peer.name;
  }

  /**
   * Closes the link to a node, after what was sent has gone out. Erlang documentation: `erlang:disconnect_node/1`.
   *
   * @returns false when there was no link
   * @throws `invalid_argument`
   */
  disconnect(name: string): Promise<boolean> {
    const reason = new HiddenNodeError('disconnected', `${this.name} closed the connection to ${name}`, { peer: name });
    return this.#connections.disconnect(atom(name), reason);
  }

  /** The names of the nodes that there are links to. */
  nodes(): string[] {
    return this.#connections.names();
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
    const peer = this.#peer(name);
    if (peer === this.#identity.atom) return true;
    try {
      const remaining = await this.#connected(peer, timeout, signal);
      const question = tuple(IS_AUTH, this.#identity.atom);
      const answer = await this.#calls.call(new Registered(NET_KERNEL, peer), question, { timeout: remaining, signal });
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
    return this.#send(this.pid, to, message);
  }

  /**
   * Waits until no peer has more than the high-water mark waiting to be sent.
   *
   * @throws `timeout`, `aborted`, `node_stopped`
   */
  drained(options: WaitOptions = {}): Promise<void> {
    this.#assertRunning();
    return this.#backlog.drained(options.timeout ?? Number.POSITIVE_INFINITY, options.signal);
  }

  /**
   * Makes a mailbox: a process identifier of this node, to which processes can send.
   *
   * @param name - registers it, so that processes can send to `{Name, Node}`
   * @throws `registered_name_taken`, `invalid_argument`, `node_stopped`
   * @see Erlang Reference Manual, "Processes", section "Registered Processes"
   */
  mailbox(name?: string): Mailbox {
    this.#assertRunning();
    const mailbox = new Mailbox(this.#identity.makePid(), name, this.#owner);
    this.#registry.add(mailbox, mailbox.pid, name === undefined ? undefined : atom(name));
    this.#mailboxes.add(mailbox);
    return mailbox;
  }

  /** A new reference, unlike any other of the cluster. Erlang documentation: `erlang:make_ref/0`. */
  reference(): Reference {
    return this.#identity.makeReference();
  }

  /**
   * Calls a function on a node, connecting first if need be. Any number of calls may be under way to a node at once; each
   * runs in a process of its own there. As in Erlang, a function that throws (`throw/1`) returns what it threw.
   *
   * @param name - the full name of the node
   * @param module - such as `erlang`, or `Elixir.Enum` for Elixir's `Enum`
   * @param fun - the name of the function
   * @param args - its arguments
   * @param options.timeout - milliseconds for everything; default 5000, `Infinity` waits for ever
   * @param options.signal - gives up when it fires; the call goes on at the node, and its reply is dropped
   * @returns what the function returns
   * @throws HiddenNodeError
   *   - `badrpc` when the function does not exist or failed: the fact `reason` is Erlang's, a term
   *   - `noconnection` when the link is lost before the reply
   *   - `timeout`, `aborted`, `node_stopped`, `not_a_term`, `invalid_argument`, and those of {@link connect}
   * @see Erlang documentation: kernel, `rpc:call/5`
   */
  async rpc<T extends Term = Term>(
    name: string,
    module: string,
    fun: string,
    args: readonly EncodableTerm[] = [],
    options: WaitOptions = {},
  ): Promise<T> {
    const { timeout = CALL_TIMEOUT, signal } = options;
    const peer = this.#peer(name);
    const to = target(name, module, fun);
    const remaining = await this.#connected(peer, timeout, signal);
    return (await rpcCall(this.#calls, to, args, { timeout: remaining, signal })) as T;
  }

  /**
   * Calls a function on a node without an answer. Like {@link send} it opens a link if need be.
   *
   * @returns as {@link send}
   * @throws as {@link send}
   * @see Erlang documentation: kernel, `rpc:cast/4`
   */
  cast(name: string, module: string, fun: string, args: readonly EncodableTerm[] = []): boolean {
    const { to, message } = rpcCast(target(name, module, fun), args);
    return this.send(to, message);
  }

  /** Figures of every link, by the name of the peer. */
  stats(): Record<string, LinkStats> {
    return Object.fromEntries(this.#connections.links().map((link) => [link.peer.name, link.stats()]));
  }

  /**
   * Stops the node: closes its mailboxes, gives its name back to EPMD, sends what waits and closes every link. What is
   * under way rejects with `node_stopped`. May be called at any time, also more than once.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** The same as {@link stop}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    const reason = this.#stoppedError();
    for (const mailbox of this.#mailboxes) mailbox.close();
    this.#calls.stop(reason);
    this.#backlog.stop(reason);
    this.#listener?.close();
    await Promise.all([this.#registration?.unregister(), this.#connections.stop(reason)]);
  }

  async #listen(deadline: Deadline): Promise<void> {
    const { listen } = this.#settings;
    if (listen === undefined) return;
    const [first] = await resolveAddresses(listen.host, { deadline });
    this.#listener = new TcpListener(
      (carrier) => void this.#connections.accept(carrier).catch(() => undefined),
      (error) => this.#linkFailed(undefined, error, 0),
    );
    this.#port = this.#listener.listen(first!.address, listen.port);
  }

  async #register(deadline: Deadline): Promise<void> {
    const { epmd } = this.#settings;
    if (this.#port === undefined || !epmd.register) return;
    this.#registration = await EpmdRegistration.register(
      { name: this.#identity.name.alive, port: this.#port },
      {
        host: epmd.host,
        port: epmd.port,
        deadline,
        onLost: (error) => this.emit('epmdlost', error),
        onRegained: () => this.emit('epmdregained'),
      },
    );
  }

  #startCalls(): GenCalls {
    const pid = this.#identity.makePid();
    const calls = new GenCalls(
      this.name,
      pid,
      () => this.reference(),
      (to, message) => this.#send(pid, to, message),
    );
    this.#registry.add(calls, pid);
    return calls;
  }

  #startNetKernel(): void {
    const pid = this.#identity.makePid();
    this.#registry.add(new NetKernel((to, message) => this.#send(pid, to, message)), pid, NET_KERNEL);
  }

  #send(from: Pid, to: Destination, message: EncodableTerm): boolean {
    if (this.#stopping !== undefined) throw this.#stoppedError();
    if (to instanceof Registered) {
      if (to.node === this.#identity.atom) return this.#local.registeredSend(to.name, message);
      return this.#connections.outbox(to.node).registeredSend(from, to.name, message);
    }
    assertDestination(to);
    if (to.node === this.#identity.atom) {
      return to instanceof Pid ? this.#local.send(to, message) : this.#local.aliasSend(to, message);
    }
    const outbox = this.#connections.outbox(to.node);
    return to instanceof Pid ? outbox.send(to, message) : outbox.aliasSend(from, to, message);
  }

  /** Waits for a link to the peer; returns what is left of the time. */
  async #connected(peer: Atom, timeout: number, signal: AbortSignal | undefined): Promise<number> {
    checkTimeout(timeout);
    if (peer === this.#identity.atom || this.#connections.link(peer) !== undefined) return timeout;
    const start = performance.now();
    await this.#connections.connect(peer, timeout, signal);
    return Math.max(0, timeout - (performance.now() - start));
  }

  #peer(name: string): Atom {
    this.#assertRunning();
    parseNodeName(name);
    return atom(name);
  }

  #mailboxClosed(mailbox: Mailbox): void {
    this.#mailboxes.delete(mailbox);
    this.#registry.remove(mailbox.pid, mailbox.name === undefined ? undefined : atom(mailbox.name));
    this.#router.ended(mailbox, NORMAL);
  }

  #nodeDown(name: string, reason: HiddenNodeError): void {
    const peer = atom(name);
    this.#router.nodeDown(peer);
    this.#calls.nodeDown(peer, reason);
    this.#backlog.changed();
    this.emit('nodedown', name, reason);
  }

  #linkFailed(peer: string | undefined, error: HiddenNodeError, lost: number): void {
    if (lost > 0) publishDropped(this.name, peer ?? 'unknown', 'noconnection', lost);
    this.#backlog.changed();
    this.emit('linkfailed', peer, error, lost);
  }

  #assertRunning(): void {
    if (this.#stopping !== undefined) throw this.#stoppedError();
  }

  #stoppedError(): HiddenNodeError {
    return new HiddenNodeError('node_stopped', `${this.name} was stopped`, { name: this.name });
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
