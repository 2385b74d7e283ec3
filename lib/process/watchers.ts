/** Who watches our processes, to be told when they end. */
import { Atom, atom } from '../term/atom.ts';
import type { Pid } from '../term/pid.ts';
import type { Reference } from '../term/reference.ts';
import type { EncodableTerm } from '../term/term.ts';
import { pidKey, referenceKey } from './keys.ts';
import type { LocalProcess } from './local-process.ts';
import { MapPerProcess } from './map-per-process.ts';
import type { Nodes } from './nodes.ts';

const NOPROC = atom('noproc');

export interface Watcher {
  readonly watcher: Pid;
  /** As the watcher named it: DOWN repeats a registered name, not the pid behind it. */
  readonly target: Pid | Atom;
  readonly reference: Reference;
}

export class Watchers {
  readonly #watchers = new MapPerProcess<string, Watcher>();
  readonly #watched = new Map<string, LocalProcess>();
  /** The latest watcher by name for each pid that watches a process. */
  readonly #latest = new MapPerProcess<string, Watcher>();

  constructor(private readonly nodes: Nodes) {}

  /** Somebody asks to be told when a process of ours ends; at once, if it is not there. */
  add(process: LocalProcess | undefined, watcher: Watcher): void {
    if (process === undefined) return this.#tell(watcher, NOPROC);
    const key = referenceKey(watcher.reference);
    this.#watchers.set(process, key, watcher);
    this.#watched.set(key, process);
    if (watcher.target instanceof Atom) this.#latest.set(process, pidKey(watcher.watcher), watcher);
  }

  remove(reference: Reference): void {
    const key = referenceKey(reference);
    const process = this.#watched.get(key);
    if (process === undefined) return;
    const watcher = this.#watchers.get(process, key)!;
    this.#watched.delete(key);
    this.#watchers.delete(process, key);
    const pid = pidKey(watcher.watcher);
    if (this.#latest.get(process, pid) === watcher) this.#latest.delete(process, pid);
  }

  /** The latest monitor of a process by its name that `watcher` has; undefined as well when that one is over. */
  latest(process: LocalProcess, watcher: Pid): Reference | undefined {
    return this.#latest.get(process, pidKey(watcher))?.reference;
  }

  /** Tells one watcher that the process has ended, although it goes on. False when there is no such watcher. */
  tellOne(process: LocalProcess, reference: Reference, reason: EncodableTerm): boolean {
    const watcher = this.#watchers.get(process, referenceKey(reference));
    if (watcher === undefined) return false;
    this.remove(reference);
    this.#tell(watcher, reason);
    return true;
  }

  /** A process of ours has ended. */
  ended(process: LocalProcess, reason: EncodableTerm): void {
    this.#latest.take(process);
    for (const watcher of this.#watchers.take(process)) {
      this.#watched.delete(referenceKey(watcher.reference));
      this.#tell(watcher, reason);
    }
  }

  /** The watchers of a node are gone with their link. */
  nodeDown(node: Atom): void {
    this.#latest.takeIf(({ watcher }) => watcher.node === node);
    for (const [, { reference }] of this.#watchers.takeIf(({ watcher }) => watcher.node === node)) {
      this.#watched.delete(referenceKey(reference));
    }
  }

  #tell({ watcher, target, reference }: Watcher, reason: EncodableTerm): void {
    this.nodes.existing(watcher.node)?.monitorExit(target, watcher, reference, reason);
  }
}
