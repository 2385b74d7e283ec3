/**
 * Takes what peers say to the processes of this node, and answers for those that do not exist.
 */
import { publishDropped } from '../diagnostics.ts';
import type { Payload, SignalHandler } from '../distribution/control/signals.ts';
import { FLAGS } from '../distribution/flags.ts';
import type { Connections } from '../node/connections.ts';
import type { Identity } from '../node/identity.ts';
import { Atom, atom } from '../term/atom.ts';
import type { Pid } from '../term/pid.ts';
import type { Reference } from '../term/reference.ts';
import type { EncodableTerm } from '../term/term.ts';
import { Monitors } from './monitors.ts';
import type { Receiver, Registry } from './registry.ts';

const NOPROC = atom('noproc');

export class Router implements SignalHandler {
  readonly #monitors = new Monitors();

  constructor(
    private readonly identity: Identity,
    private readonly registry: Registry,
    private readonly connections: () => Connections,
  ) {}

  send(to: Pid, payload: Payload): void {
    const receiver = this.#process(to);
    if (receiver !== undefined) receiver.deliver(payload.readPayload());
    else publishDropped(this.identity.name.full, 'pid', 'no_process');
  }

  registeredSend(to: Atom, payload: Payload): void {
    const receiver = this.registry.named(to);
    if (receiver !== undefined) receiver.deliver(payload.readPayload());
    else publishDropped(this.identity.name.full, to.name, 'no_process');
  }

  aliasSend(_to: Reference, _payload: Payload): void {
    publishDropped(this.identity.name.full, 'alias', 'no_alias');
  }

  monitor(watcher: Pid, target: Pid | Atom, reference: Reference): void {
    const receiver = target instanceof Atom ? this.registry.named(target) : this.#process(target);
    if (receiver !== undefined) this.#monitors.add(receiver, { watcher, target, reference });
    else this.#tellDown(target, watcher, reference, NOPROC);
  }

  demonitor(_watcher: Pid, reference: Reference): void {
    this.#monitors.remove(reference);
  }

  unlink(id: number | bigint, sender: Pid, target: Pid): void {
    this.connections().link(sender.node)?.outbox.unlinkAcknowledge(id, target, sender);
  }

  ignored(_operation: number): void {
    // The link counts them.
  }

  /** Tells everybody who watches a process of ours that it has ended. */
  ended(receiver: Receiver, reason: EncodableTerm): void {
    for (const { target, watcher, reference } of this.#monitors.takeAll(receiver)) {
      this.#tellDown(target, watcher, reference, reason);
    }
  }

  /** The link to a node is gone, and with it what its processes watched here. */
  nodeDown(node: Atom): void {
    this.#monitors.removeNode(node);
  }

  #process(pid: Pid): Receiver | undefined {
    return this.identity.owns(pid) ? this.registry.process(pid) : undefined;
  }

  #tellDown(target: Pid | Atom, watcher: Pid, reference: Reference, reason: EncodableTerm): void {
    const link = this.connections().link(watcher.node);
    if (link === undefined) return;
    const asPayload = (link.peer.flags & FLAGS.EXIT_PAYLOAD) !== 0n;
    link.outbox.monitorExit(target, watcher, reference, reason, asPayload);
  }
}
