/** What is known of each process, by a key. */
import type { LocalProcess } from './local-process.ts';

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
