/** A process of this node, as other processes see it. */
import type { SignalSource } from '../distribution/control/signals.ts';
import type { Atom } from '../term/atom.ts';
import type { Pid } from '../term/pid.ts';
import type { EncodableTerm, Term } from '../term/term.ts';

/** What runs behind a process identifier. */
export interface Behaviour {
  deliver(message: Term): void;
  /**
   * The process has ended.
   *
   * @param reason - why, as processes that are linked to it are told
   * @param from - who ended it; absent: itself
   */
  exited?(reason: EncodableTerm, from: Pid | undefined): void;
}

/** What can refuse messages of peers for a while. */
export interface Admission {
  /**
   * @param source - who brings the message; undefined: this node itself
   * @returns false when the source is to bring it again later
   */
  admits(source: SignalSource | undefined): boolean;
}

export class LocalProcess {
  /** Whether exit signals become messages. Erlang documentation: `process_flag(trap_exit, true)`. */
  trapExit = false;
  ended = false;
  /** Is asked for each message; undefined: all are taken. */
  admission: Admission | undefined = undefined;

  /**
   * @param permanent - part of the node: exit signals do not end it
   */
  constructor(
    readonly pid: Pid,
    readonly name: Atom | undefined,
    readonly behaviour: Behaviour,
    readonly permanent: boolean,
  ) {}
}

/** For each process a map of its own, which is there only as long as it has entries. */
export class MapPerProcess<Key, Value> {
  readonly #maps = new Map<LocalProcess, Map<Key, Value>>();

  get(process: LocalProcess, key: Key): Value | undefined {
    return this.#maps.get(process)?.get(key);
  }

  set(process: LocalProcess, key: Key, value: Value): void {
    const map = this.#maps.get(process);
    if (map === undefined) this.#maps.set(process, new Map([[key, value]]));
    else map.set(key, value);
  }

  delete(process: LocalProcess, key: Key): boolean {
    const map = this.#maps.get(process);
    if (map === undefined || !map.delete(key)) return false;
    if (map.size === 0) this.#maps.delete(process);
    return true;
  }

  /** Takes away all entries of a process. */
  take(process: LocalProcess): Value[] {
    const map = this.#maps.get(process);
    this.#maps.delete(process);
    return map === undefined ? [] : [...map.values()];
  }

  /** Takes away all entries that are chosen. */
  takeIf(chosen: (value: Value) => boolean): [process: LocalProcess, value: Value][] {
    const taken: [LocalProcess, Value][] = [];
    for (const [process, map] of this.#maps) {
      for (const [key, value] of map) {
        if (!chosen(value)) continue;
        map.delete(key);
        taken.push([process, value]);
      }
      if (map.size === 0) this.#maps.delete(process);
    }
    return taken;
  }
}
