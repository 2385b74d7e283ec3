/**
 * What runs behind the facade: the parts of a node, put together.
 */
import type { Duplex } from 'node:stream';
import { StreamCarrier } from './carrier/stream.ts';
import { publishDropped } from './diagnostics.ts';
import type { SignalSender } from './distribution/control/signals.ts';
import { ADDED_FLAGS } from './distribution/flags.ts';
import type { Peer } from './distribution/handshake.ts';
import { HiddenNodeError } from './errors.ts';
import { Names } from './names/names.ts';
import { Connections } from './node/connections.ts';
import { tcpDial } from './node/dial.ts';
import type { Identity } from './node/identity.ts';
import { parseNodeName } from './node/name.ts';
import type { NodeSettings } from './options.ts';
import { Backlog } from './process/backlog.ts';
import { assertDestination, assertServer, type Destination, Registered } from './process/destination.ts';
import { LocalDelivery } from './process/local.ts';
import { Mailbox, type MailboxOptions, type MailboxOwner } from './process/mailbox.ts';
import { NET_KERNEL, NetKernel } from './process/net-kernel.ts';
import { Places } from './process/places.ts';
import { Processes } from './process/processes.ts';
import { Router } from './process/router.ts';
import { Spawner } from './process/spawner.ts';
import { Erpc } from './rpc/erpc.ts';
import { Exposed } from './rpc/expose.ts';
import { type CallOptions, GenCalls } from './rpc/gen-calls.ts';
import { PeerTunings } from './rpc/peer-tunings.ts';
import { RemoteCalls } from './rpc/remote-calls.ts';
import { Rex } from './rpc/rex.ts';
import { ServedCalls } from './rpc/served-calls.ts';
import { Server } from './rpc/server.ts';
import { assertHandlers, type ServeOptions, type ServerHandlers } from './rpc/server-handlers.ts';
import { spawned } from './rpc/spawned.ts';
import { type Atom, atom } from './term/atom.ts';
import { Pid } from './term/pid.ts';
import type { EncodableTerm, Term } from './term/term.ts';
import { checkTimeout } from './waiter.ts';

const SHUTDOWN = atom('shutdown');

/** How many calls of other nodes are served at once, and processes run for them. */
const MOST_SERVED = 100_000;

/** What surrounds the answer of a call in its message, in bytes: a few identifiers at most. */
const ANSWER_ROOM = 8 * 1024;

export interface RuntimeHandler {
  nodeUp(name: string): void;
  nodeDown(name: string, reason: HiddenNodeError): void;
  linkFailed(name: string | undefined, reason: HiddenNodeError, lost: number): void;
}

export class Runtime implements MailboxOwner {
  readonly connections: Connections;
  readonly calls: GenCalls;
  readonly rpc: RemoteCalls;
  readonly tunings: PeerTunings;
  readonly exposed = new Exposed();
  readonly names: Names;
  readonly backlog: Backlog;
  readonly processes: Processes;
  readonly #local: LocalDelivery;
  readonly #mailboxes = new Set<Mailbox>();
  /** The nodes that there are links to, whose names need not be checked again. */
  readonly #linked = new Map<string, Atom>();
  #stopped = false;

  constructor(
    readonly identity: Identity,
    readonly settings: NodeSettings,
    private readonly handler: RuntimeHandler,
  ) {
    this.processes = new Processes(identity, {
      to: (node) => this.#sender(node),
      existing: (node) => (this.isSelf(node) ? this.#local : this.connections.existingOutbox(node)),
    });
    const served = new ServedCalls(this.name, this.exposed, settings.maxFrameBytes - ANSWER_ROOM);
    const places = new Places(MOST_SERVED);
    const spawner = new Spawner(this.processes, spawned(served), places);
    const router = new Router(this.name, this.processes, spawner);
    this.#local = new LocalDelivery(router, settings.decode);
    this.connections = new Connections(
      identity,
      router,
      {
        up: (link) => this.#nodeUp(link.peer),
        down: (link, reason) => this.#nodeDown(link.peer.name, reason),
        failed: (peer, error, lost) => this.linkFailed(peer, error, lost),
        unreachable: (peer, error) => this.#unreachable(peer, error, false),
        drained: (outbox) => this.backlog.changed(outbox),
      },
      settings,
      tcpDial({ epmd: settings.epmd, hosts: settings.hosts }),
    );
    this.backlog = new Backlog({
      highWaterMark: settings.highWaterMark,
      queues: () => this.connections.outboxes(),
      outlets: () => this.connections.outlets(),
    });
    this.calls = new GenCalls(this.name, this.processes, (from, to, message) => this.send(from, to, message));
    const erpc = new Erpc(this.processes, () => identity.makeReference());
    this.rpc = new RemoteCalls(this, this.calls, erpc, identity.makePid());
    this.tunings = new PeerTunings({
      self: identity.atom,
      link: (peer) => this.connections.link(peer),
      connected: (peer, timeout, signal) => this.connected(peer, timeout, signal),
      call: (peer, fun, args) =>
        this.rpc.call(peer.name, 'net_kernel', fun, args, { timeout: Number.POSITIVE_INFINITY }),
    });
    this.names = new Names({
      identity,
      processes: this.processes,
      decode: settings.decode,
      peers: () => this.connections.links().map((link) => link.peer),
      peer: (name) => this.peer(name),
      assertRunning: () => this.assertRunning(),
      call: (node, fun, args, timeout) => this.rpc.call(node.name, 'global', fun, args, { timeout }),
      expose: (module, functions) => void this.exposed.add(module, functions),
    });
    this.#startNetKernel();
    new Rex(identity.atom, this.processes, served, places);
  }

  get name(): string {
    return this.identity.name.full;
  }

  /** The atom of a node's name. @throws `node_stopped`, `invalid_node_name` */
  peer(name: string): Atom {
    this.assertRunning();
    const linked = this.#linked.get(name);
    if (linked !== undefined) return linked;
    parseNodeName(name);
    return atom(name);
  }

  /** True for the name of this node. */
  isSelf(peer: Atom): boolean {
    return peer === this.identity.atom;
  }

  /** True when what is sent to a node need not wait for a connection. */
  isConnected(peer: Atom): boolean {
    return this.isSelf(peer) || this.connections.link(peer) !== undefined;
  }

  /** Connects to a peer over TCP. */
  async connectTo(
    where: { host: string | undefined; port: number | undefined },
    peer: Atom,
    timeout: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { epmd, hosts } = this.settings;
    await this.connections.connect(peer, timeout, signal, tcpDial({ epmd, hosts, ...where }));
  }

  /** Connects to a peer over a stream, which is destroyed when there is a link or an attempt already. */
  async connectOver(stream: Duplex, peer: Atom, timeout: number, signal: AbortSignal | undefined): Promise<void> {
    let carrier: StreamCarrier | undefined;
    const dial = async () => {
      carrier = new StreamCarrier(stream);
      return carrier;
    };
    try {
      await this.connections.connect(peer, timeout, signal, dial);
    } finally {
      if (carrier === undefined) stream.destroy();
    }
  }

  /** Waits for a link to a peer; returns what is left of the time. */
  async connected(peer: Atom, timeout: number, signal: AbortSignal | undefined): Promise<number> {
    checkTimeout(timeout);
    if (this.isConnected(peer)) return timeout;
    const start = performance.now();
    await this.connections.connect(peer, timeout, signal);
    return Math.max(0, timeout - (performance.now() - start));
  }

  /** What a connected peer can do, as distribution flags; undefined without a link. */
  flagsOf(peer: Atom): bigint | undefined {
    return this.isSelf(peer) ? ADDED_FLAGS : this.connections.link(peer)?.peer.flags;
  }

  /** Calls a process that answers as a gen_server does. @throws see {@link GenServerVerbs.call} */
  call(to: Pid | Registered, request: EncodableTerm, { timeout, signal }: CallOptions): Promise<Term> {
    try {
      assertServer(to);
      this.assertRunning();
      checkTimeout(timeout);
      if (signal?.aborted) throw new HiddenNodeError('aborted', 'the call was aborted', {}, signal.reason);
      const options = { timeout, signal, connects: true };
      // The call's own promise, because each step between would cost memory and time.
      if (this.isConnected(to.node)) return this.calls.call(to, request, options);
      return this.#callAndConnect(to, request, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #callAndConnect(to: Pid | Registered, request: EncodableTerm, options: CallOptions): Promise<Term> {
    const over = this.#connectMeanwhile(to.node);
    try {
      // Written at once, so that what is sent later does not go before it.
      return await this.connections.forThoseWhoWait(() => this.calls.call(to, request, options));
    } finally {
      over.abort();
    }
  }

  /** @throws see {@link GenServerVerbs.serve} */
  serve(where: string | Mailbox | undefined, handlers: ServerHandlers, options: ServeOptions): Server {
    assertHandlers(handlers, options);
    const mailbox = where instanceof Mailbox ? where : this.mailbox(where, options);
    return new Server(this, mailbox, handlers, options);
  }

  /** Sends a message from a process of this node. @throws see {@link HiddenNode.send} */
  send(from: Pid, to: Destination, message: EncodableTerm): boolean {
    if (to instanceof Registered) return this.#sender(to.node).registeredSend(from, to.name, message);
    assertDestination(to);
    const sender = this.#sender(to.node);
    return to instanceof Pid ? sender.send(to, message) : sender.aliasSend(from, to, message);
  }

  /** Waits until less than the high-water mark waits for one peer, or for each of them. @throws see {@link HiddenNode.drained} */
  async drained(peer: string | undefined, timeout: number, signal: AbortSignal | undefined): Promise<void> {
    checkTimeout(timeout);
    if (peer === undefined) return this.backlog.drained(timeout, signal);
    const outbox = this.connections.existingOutbox(this.peer(peer));
    if (outbox !== undefined) await this.backlog.drained(timeout, signal, outbox);
  }

  /** @throws `registered_name_taken`, `invalid_argument`, `node_stopped` */
  mailbox(name: string | undefined, options: MailboxOptions = {}): Mailbox {
    this.assertRunning();
    const mailbox = new Mailbox(this, name, options);
    this.#mailboxes.add(mailbox);
    return mailbox;
  }

  /** A mailbox has ended. */
  closed(mailbox: Mailbox): void {
    this.#mailboxes.delete(mailbox);
  }

  linkFailed(peer: string | undefined, error: HiddenNodeError, lost: number): void {
    if (lost > 0) publishDropped(this.name, peer ?? 'unknown', 'noconnection', lost);
    this.backlog.changed();
    this.handler.linkFailed(peer, error, lost);
  }

  async stop(): Promise<void> {
    const reason = this.stoppedError();
    for (const mailbox of this.#mailboxes) mailbox.end(reason, SHUTDOWN);
    this.#stopped = true;
    this.names.stop(reason);
    this.calls.stop(reason);
    this.rpc.stop(reason);
    this.backlog.stop(reason);
    await this.connections.stop(reason);
  }

  assertRunning(): void {
    if (this.#stopped) throw this.stoppedError();
  }

  stoppedError(): HiddenNodeError {
    return new HiddenNodeError('node_stopped', `${this.name} was stopped`, { name: this.name });
  }

  #nodeUp(peer: Peer): void {
    const name = atom(peer.name);
    this.#linked.set(peer.name, name);
    this.processes.nodeUp(name);
    this.names.nodeUp(peer);
    this.handler.nodeUp(peer.name);
  }

  #nodeDown(name: string, reason: HiddenNodeError): void {
    this.#linked.delete(name);
    this.#unreachable(atom(name), reason, true);
    this.backlog.changed();
    this.handler.nodeDown(name, reason);
  }

  /** Opens a connection, and gives up the attempt when nobody waits for it any more. What it fails with, others are told. */
  #connectMeanwhile(peer: Atom): AbortController {
    const over = new AbortController();
    this.connections.connect(peer, this.settings.timeout, over.signal).catch(() => undefined);
    return over;
  }

  /** There is no link to a node, and none is on its way. */
  #unreachable(peer: Atom, reason: HiddenNodeError, wasUp: boolean): void {
    this.calls.nodeDown(peer, reason, wasUp);
    this.rpc.nodeDown(peer, reason);
    this.processes.nodeDown(peer);
    this.names.nodeDown(peer);
  }

  #sender(node: Atom): SignalSender {
    this.assertRunning();
    return this.isSelf(node) ? this.#local : this.connections.outbox(node);
  }

  #startNetKernel(): void {
    const netKernel = new NetKernel((to, message) => this.send(process.pid, to, message));
    const process = this.processes.start(netKernel, { name: NET_KERNEL, permanent: true });
  }
}
