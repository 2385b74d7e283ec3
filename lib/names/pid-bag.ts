/** Pids, each as often as it was put in. */
import { pidKey } from '../process/keys.ts';
import type { Pid } from '../term/pid.ts';

interface Entry {
  readonly pid: Pid;
  count: number;
}

export class PidBag {
  readonly #entries = new Map<string, Entry>();

  /** @param pids - to begin with */
  constructor(pids: Iterable<Pid> = []) {
    for (const pid of pids) this.add(pid);
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  add(pid: Pid): void {
    const key = pidKey(pid);
    const entry = this.#entries.get(key);
    if (entry === undefined) this.#entries.set(key, { pid, count: 1 });
    else entry.count++;
  }

  /** Takes one out. False when there is none. */
  remove(pid: Pid): boolean {
    const key = pidKey(pid);
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    if (--entry.count === 0) this.#entries.delete(key);
    return true;
  }

  *[Symbol.iterator](): IterableIterator<Pid> {
    for (const { pid, count } of this.#entries.values()) for (let i = 0; i < count; i++) yield pid;
  }
}
