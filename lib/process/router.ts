/**
 * Takes what peers say to the processes of this node, and answers for those that do not exist.
 */
import { publishDropped } from '../diagnostics.ts';
import type { Payload, SignalHandler, SignalSource, SpawnRequest } from '../distribution/control/signals.ts';
import { Atom } from '../term/atom.ts';
import { Pid } from '../term/pid.ts';
import type { Reference } from '../term/reference.ts';
import type { Term } from '../term/term.ts';
import type { LocalProcess } from './local-process.ts';
import type { Processes } from './processes.ts';
import type { Spawner } from './spawner.ts';

export class Router implements SignalHandler {
  source: SignalSource | undefined;

  /** @param node - the name of this node */
  constructor(
    private readonly node: string,
    private readonly processes: Processes,
    private readonly spawner: Spawner,
  ) {}

  send(to: Pid, payload: Payload): void {
    const process = this.processes.find(to);
    if (process === undefined) publishDropped(this.node, 'pid', 'no_process');
    else if (this.#hasRoom(process)) process.behaviour.deliver(payload.readPayload());
  }

  registeredSend(to: Atom, payload: Payload): void {
    const process = this.processes.registry.named(to);
    if (process === undefined) publishDropped(this.node, to.name, 'no_process');
    else if (this.#hasRoom(process)) process.behaviour.deliver(payload.readPayload());
  }

  aliasSend(to: Reference, payload: Payload): void {
    const delivered = this.processes.monitors.aliases.deliver(to, this.#hasRoom, () => payload.readPayload());
    if (!delivered) publishDropped(this.node, 'alias', 'no_alias');
  }

  link(from: Pid, to: Pid): void {
    this.processes.links.linked(this.processes.find(to), from, to);
  }

  unlink(id: number | bigint | undefined, from: Pid, to: Pid): void {
    this.processes.links.unlinked(this.processes.find(to), id, from, to);
  }

  unlinkAcknowledge(id: number | bigint, from: Pid, to: Pid): void {
    const process = this.processes.find(to);
    if (process !== undefined) this.processes.links.unlinkAcknowledged(process, id, from);
  }

  exit(from: Pid, to: Pid, reason: Term): void {
    const process = this.processes.find(to);
    if (process === undefined || !this.#hasRoomForExit(process)) return;
    this.processes.links.exited(process, from, reason);
  }

  exitRequest(from: Pid, to: Pid | Atom | Reference, reason: Term): void {
    const process = this.#target(to);
    if (process === undefined || !this.#hasRoomForExit(process)) return;
    this.processes.exitRequested(process, from, reason);
  }

  monitor(watcher: Pid, target: Pid | Atom, reference: Reference): void {
    this.processes.watchers.add(this.#target(target), { watcher, target, reference });
  }

  demonitor(_watcher: Pid, _target: Pid | Atom, reference: Reference): void {
    this.processes.watchers.remove(reference);
  }

  monitorExit(target: Pid | Atom, watcher: Pid, reference: Reference, reason: Term): void {
    const process = this.processes.find(watcher);
    if (process !== undefined) this.processes.monitors.fired(process, target, reference, reason);
  }

  spawnRequest(request: SpawnRequest, payload: Payload): void {
    this.spawner.requested(request, payload.readPayload());
  }

  spawnReply(reference: Reference, to: Pid, flags: number, result: Pid | Atom): void {
    const process = this.processes.find(to);
    if (process !== undefined) this.processes.spawnRequests.replied(process, reference, flags, result);
  }

  ignored(_operation: number): void {
    // The link counts them.
  }

  /** False: the link brings the signal at hand again. */
  readonly #hasRoom = (process: LocalProcess): boolean => {
    const { admission } = process;
    return admission === undefined || admission.admits(this.source);
  };

  /** An exit signal that is trapped is a message. */
  #hasRoomForExit(process: LocalProcess): boolean {
    return !process.trapExit || this.#hasRoom(process);
  }

  #target(to: Pid | Atom | Reference): LocalProcess | undefined {
    if (to instanceof Pid) return this.processes.find(to);
    return to instanceof Atom ? this.processes.registry.named(to) : this.processes.monitors.aliases.process(to);
  }
}
