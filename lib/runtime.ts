/**
 * What runs behind the facade: the parts of a node, put together.
 */
import type { Duplex } from 'node:stream';
import { StreamCarrier } from './carrier/stream.ts';
import { publishDropped } from './diagnostics.ts';
import { HiddenNodeError } from './errors.ts';
import { Connections } from './node/connections.ts';
import { tcpDial } from './node/dial.ts';
import type { Identity } from './node/identity.ts';
import { parseNodeName } from './node/name.ts';
import type { NodeSettings } from './options.ts';
import { Backlog } from './process/backlog.ts';
import { assertDestination, type Destination, Registered } from './process/destination.ts';
import { LocalDelivery } from './process/local.ts';
import { Mailbox, type MailboxOwner } from './process/mailbox.ts';
import { NET_KERNEL, NetKernel } from './process/net-kernel.ts';
import { Registry } from './process/registry.ts';
import { Router } from './process/router.ts';
import { GenCalls } from './rpc/gen-calls.ts';
import { type Atom, atom } from './term/atom.ts';
import { Pid } from './term/pid.ts';
import type { EncodableTerm } from './term/term.ts';
import { checkTimeout } from './waiter.ts';

const NORMAL = atom('normal');

export interface RuntimeHandler {
  nodeUp(name: string): void;
  nodeDown(name: string, reason: HiddenNodeError): void;
  linkFailed(name: string | undefined, reason: HiddenNodeError, lost: number): void;
}

export class Runtime implements MailboxOwner {
  readonly connections: Connections;
  readonly calls: GenCalls;
  readonly backlog: Backlog;
  readonly #registry = new Registry();
  readonly #router: Router;
  readonly #local: LocalDelivery;
  readonly #mailboxes = new Set<Mailbox>();
  #stopped = false;

  constructor(
    readonly identity: Identity,
    readonly settings: NodeSettings,
    private readonly handler: RuntimeHandler,
  ) {
    this.#router = new Router(identity, this.#registry, () => this.connections);
    this.connections = new Connections(
      identity,
      this.#router,
      {
        up: (link) => handler.nodeUp(link.peer.name),
        down: (link, reason) => this.#nodeDown(link.peer.name, reason),
        failed: (peer, error, lost) => this.linkFailed(peer, error, lost),
        drained: () => this.backlog.changed(),
      },
      settings,
      tcpDial({ epmd: settings.epmd, hosts: settings.hosts }),
    );
    this.backlog = new Backlog(settings.highWaterMark, () => this.connections.mostQueuedBytes);
    this.#local = new LocalDelivery(this.#router, settings.decode);
    this.calls = this.#startCalls();
    this.#startNetKernel();
  }

  get name(): string {
    return this.identity.name.full;
  }

  /** The atom of a node's name. @throws `node_stopped`, `invalid_node_name` */
  peer(name: string): Atom {
    this.assertRunning();
    parseNodeName(name);
    return atom(name);
  }

  /** True for the name of this node. */
  isSelf(peer: Atom): boolean {
    return peer === this.identity.atom;
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
    if (this.isSelf(peer) || this.connections.link(peer) !== undefined) return timeout;
    const start = performance.now();
    await this.connections.connect(peer, timeout, signal);
    return Math.max(0, timeout - (performance.now() - start));
  }

  /** Sends a message from a process of this node. @throws see {@link HiddenNode.send} */
  send(from: Pid, to: Destination, message: EncodableTerm): boolean {
    if (this.#stopped) throw this.stoppedError();
    if (to instanceof Registered) {
      if (this.isSelf(to.node)) return this.#local.registeredSend(to.name, message);
      return this.connections.outbox(to.node).registeredSend(from, to.name, message);
    }
    assertDestination(to);
    if (this.isSelf(to.node)) {
      return to instanceof Pid ? this.#local.send(to, message) : this.#local.aliasSend(to, message);
    }
    const outbox = this.connections.outbox(to.node);
    return to instanceof Pid ? outbox.send(to, message) : outbox.aliasSend(from, to, message);
  }

  /** @throws `registered_name_taken`, `invalid_argument`, `node_stopped` */
  mailbox(name: string | undefined): Mailbox {
    this.assertRunning();
    const mailbox = new Mailbox(this.identity.makePid(), name, this);
    this.#registry.add(mailbox, mailbox.pid, name === undefined ? undefined : atom(name));
    this.#mailboxes.add(mailbox);
    return mailbox;
  }

  /** A mailbox was closed: its process has ended. */
  closed(mailbox: Mailbox): void {
    this.#mailboxes.delete(mailbox);
    this.#registry.remove(mailbox.pid, mailbox.name === undefined ? undefined : atom(mailbox.name));
    this.#router.ended(mailbox, NORMAL);
  }

  linkFailed(peer: string | undefined, error: HiddenNodeError, lost: number): void {
    if (lost > 0) publishDropped(this.name, peer ?? 'unknown', 'noconnection', lost);
    // A call may be among what was lost: one whose link went down between its being asked for and being sent.
    if (lost > 0 && peer !== undefined) this.calls.nodeDown(atom(peer), error);
    this.backlog.changed();
    this.handler.linkFailed(peer, error, lost);
  }

  async stop(): Promise<void> {
    const reason = this.stoppedError();
    for (const mailbox of this.#mailboxes) mailbox.end(reason);
    this.#stopped = true;
    this.calls.stop(reason);
    this.backlog.stop(reason);
    await this.connections.stop(reason);
  }

  assertRunning(): void {
    if (this.#stopped) throw this.stoppedError();
  }

  stoppedError(): HiddenNodeError {
    return new HiddenNodeError('node_stopped', `${this.name} was stopped`, { name: this.name });
  }

  #nodeDown(name: string, reason: HiddenNodeError): void {
    const peer = atom(name);
    this.#router.nodeDown(peer);
    this.calls.nodeDown(peer, reason);
    this.backlog.changed();
    this.handler.nodeDown(name, reason);
  }

  #startCalls(): GenCalls {
    const pid = this.identity.makePid();
    const calls = new GenCalls(
      this.name,
      pid,
      () => this.identity.makeReference(),
      (to, message) => this.send(pid, to, message),
    );
    this.#registry.add(calls, pid);
    return calls;
  }

  #startNetKernel(): void {
    const pid = this.identity.makePid();
    this.#registry.add(new NetKernel((to, message) => this.send(pid, to, message)), pid, NET_KERNEL);
  }
}
