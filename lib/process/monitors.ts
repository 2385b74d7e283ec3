/**
 * What processes of this node watch: other processes, by pid or by registered name.
 * Erlang documentation: `erlang:monitor/3`, `erlang:demonitor/2`.
 */
import { type Atom, atom } from '../term/atom.ts';
import { Pid } from '../term/pid.ts';
import type { Reference } from '../term/reference.ts';
import type { Term } from '../term/term.ts';
import { tuple } from '../term/tuple.ts';
import { Aliases, type AliasMode } from './aliases.ts';
import type { Registered } from './destination.ts';
import type { LocalProcess } from './local-process.ts';
import type { Nodes } from './nodes.ts';
import { OwnReferences } from './own-references.ts';

const DOWN = atom('DOWN');
const PROCESS = atom('process');
const NOCONNECTION = atom('noconnection');

interface Monitor {
  readonly reference: Reference;
  readonly node: Atom;
  /** What is watched; absent for a process that is being spawned. */
  target: Pid | Registered | undefined;
}

function onTheWire(target: Pid | Registered): Pid | Atom {
  return target instanceof Pid ? target : target.name;
}

export class Monitors {
  readonly aliases = new Aliases((process, reference) => this.demonitor(process, reference));
  readonly #monitors = new OwnReferences<Monitor>();

  constructor(
    private readonly nodes: Nodes,
    private readonly makeReference: () => Reference,
  ) {}

  monitor(process: LocalProcess, target: Pid | Registered, alias?: AliasMode): Reference {
    const reference = this.makeReference();
    this.nodes.to(target.node).monitor(process.pid, onTheWire(target), reference);
    this.#monitors.set(process, { reference, node: target.node, target });
    if (alias !== undefined) this.aliases.add(process, reference, alias);
    return reference;
  }

  /** Expects to be told of the end of a process that is being spawned. */
  expect(process: LocalProcess, reference: Reference, node: Atom): void {
    this.#monitors.set(process, { reference, node, target: undefined });
  }

  /** The process that was spawned is known. */
  spawned(process: LocalProcess, reference: Reference, pid: Pid): void {
    const monitor = this.#monitors.get(process, reference);
    if (monitor !== undefined) monitor.target = pid;
  }

  /** There is nothing to watch. */
  forget(process: LocalProcess, reference: Reference): void {
    this.#monitors.delete(process, reference);
  }

  /** @returns false when there was no such monitor, perhaps because it has fired */
  demonitor(process: LocalProcess, reference: Reference): boolean {
    const monitor = this.#monitors.get(process, reference);
    if (monitor === undefined) return false;
    this.#over(process, reference);
    this.#tell(process, monitor);
    return true;
  }

  /** What a process of ours may watch has ended. */
  fired(process: LocalProcess, target: Pid | Atom, reference: Reference, reason: Term): void {
    const monitor = this.#monitors.get(process, reference);
    if (monitor === undefined) return;
    this.#over(process, reference);
    this.#deliver(process, monitor, target, reason);
  }

  /** A process of ours has ended. */
  ended(process: LocalProcess): void {
    for (const monitor of this.#monitors.take(process)) this.#tell(process, monitor);
    this.aliases.ended(process);
  }

  nodeDown(node: Atom): void {
    for (const [process, monitor] of this.#monitors.takeIf((each) => each.node === node)) {
      this.aliases.monitorOver(process, monitor.reference);
      if (monitor.target !== undefined) {
        this.#deliver(process, monitor, onTheWire(monitor.target), NOCONNECTION);
      }
    }
  }

  #over(process: LocalProcess, reference: Reference): void {
    this.#monitors.delete(process, reference);
    this.aliases.monitorOver(process, reference);
  }

  #deliver(process: LocalProcess, monitor: Monitor, target: Pid | Atom, reason: Term): void {
    const object = target instanceof Pid ? target : tuple(target, monitor.node);
    process.behaviour.deliver(tuple(DOWN, monitor.reference, PROCESS, object, reason));
  }

  #tell(process: LocalProcess, { node, target, reference }: Monitor): void {
    // What is being spawned has no name yet. A monitor of it is taken back when it has one.
    if (target !== undefined) this.nodes.existing(node)?.demonitor(process.pid, onTheWire(target), reference);
  }
}
