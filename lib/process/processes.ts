/**
 * The processes of a node: how they begin and end, and what ties them to others.
 * Erlang Reference Manual: "Processes".
 */
import { type Atom, atom } from '../term/atom.ts';
import type { Pid } from '../term/pid.ts';
import type { Reference } from '../term/reference.ts';
import type { EncodableTerm, Term } from '../term/term.ts';
import { tuple } from '../term/tuple.ts';
import { Links } from './links.ts';
import { type Behaviour, LocalProcess } from './local-process.ts';
import { Monitors } from './monitors.ts';
import { NodeMonitors } from './node-monitors.ts';
import type { Nodes } from './nodes.ts';
import { Registry } from './registry.ts';
import { SpawnRequests } from './spawn-requests.ts';
import { Watchers } from './watchers.ts';

export const NORMAL = atom('normal');
const EXIT = atom('EXIT');
const KILL = atom('kill');
const KILLED = atom('killed');

/** Makes what tells processes and monitors apart, and knows what it has made. */
export interface Identifiers {
  makePid(): Pid;
  makeReference(): Reference;
  owns(identifier: Pid | Reference): boolean;
}

export class Processes {
  readonly registry = new Registry();
  readonly links: Links;
  readonly monitors: Monitors;
  readonly watchers: Watchers;
  readonly nodeMonitors: NodeMonitors;
  readonly spawnRequests: SpawnRequests;

  constructor(
    private readonly identifiers: Identifiers,
    readonly nodes: Nodes,
  ) {
    const makeReference = (): Reference => identifiers.makeReference();
    this.links = new Links(nodes, (process, from, reason) => this.#exitSignal(process, from, reason, true));
    this.monitors = new Monitors(nodes, makeReference);
    this.watchers = new Watchers(nodes);
    this.nodeMonitors = new NodeMonitors(nodes);
    this.spawnRequests = new SpawnRequests(nodes, makeReference, this.monitors, this.links);
  }

  /**
   * @param permanent - part of the node: exit signals do not end it
   * @throws `registered_name_taken`
   */
  start(behaviour: Behaviour, options: { name?: Atom | undefined; permanent?: boolean } = {}): LocalProcess {
    const { name, permanent = false } = options;
    const process = new LocalProcess(this.#unusedPid(), name, behaviour, permanent);
    this.registry.add(process);
    return process;
  }

  /** Pids come round again after 2^28: those of processes that live so long are left out. */
  #unusedPid(): Pid {
    for (;;) {
      const pid = this.identifiers.makePid();
      if (this.registry.process(pid) === undefined) return pid;
    }
  }

  /** The process of a pid, if it is one of ours and still there. */
  find(pid: Pid): LocalProcess | undefined {
    return this.identifiers.owns(pid) ? this.registry.process(pid) : undefined;
  }

  /** A new alias of a process that is no monitor. */
  alias(process: LocalProcess, mode: 'explicit_unalias' | 'reply'): Reference {
    const reference = this.identifiers.makeReference();
    this.monitors.aliases.add(process, reference, mode);
    return reference;
  }

  /** Somebody asks a process of ours to end. Erlang documentation: `erlang:exit/2`. */
  exitRequested(process: LocalProcess, from: Pid, reason: Term): void {
    if (reason === KILL && !process.permanent) this.end(process, KILLED, from);
    else this.#exitSignal(process, from, reason, false);
  }

  /** Ends a process: its name is free, and everybody who is tied to it is told the reason. */
  end(process: LocalProcess, reason: EncodableTerm, from?: Pid): void {
    if (process.ended) return;
    process.ended = true;
    this.registry.remove(process);
    this.links.ended(process, reason);
    this.watchers.ended(process, reason);
    this.monitors.ended(process);
    this.nodeMonitors.ended(process);
    this.spawnRequests.ended(process);
    process.behaviour.exited?.(reason, from);
  }

  /** There is a link to a node. */
  nodeUp(node: Atom): void {
    this.links.nodeUp(node);
  }

  /** The connection to a node is lost, or did not come about. */
  nodeDown(node: Atom): void {
    this.watchers.nodeDown(node);
    this.spawnRequests.nodeDown(node);
    this.links.nodeDown(node);
    this.monitors.nodeDown(node);
    this.nodeMonitors.nodeDown(node);
  }

  #exitSignal(process: LocalProcess, from: Pid, reason: Term, linked: boolean): void {
    if (process.permanent || process.ended) return;
    if (process.trapExit) return process.behaviour.deliver(tuple(EXIT, from, reason));
    const fromItself = !linked && this.find(from) === process;
    if (reason !== NORMAL || fromItself) this.end(process, reason, from);
  }
}
