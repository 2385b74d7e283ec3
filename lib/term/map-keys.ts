import { Atom } from './atom.ts';
import { equals } from './equals.ts';
import { KeyTable } from './key-table.ts';

/** Up to this many binaries are compared pair by pair, which is faster than a table. */
const FEW_KEYS = 16;

/** What tells most binaries apart at a glance. */
const glances = new Int32Array(FEW_KEYS);

/** True for keys that `Map` tells apart by identity, so that two equal ones would both enter. */
export function isStructuralKey(key: unknown): boolean {
  return typeof key === 'object' && key !== null && !(key instanceof Atom);
}

/** Finds equal keys among the structural ones of a map, counting the work. */
export class DuplicateKeys {
  /** The work so far, in bytes looked at. */
  work = 0;

  /**
   * True when two structural keys of a map are the same term.
   *
   * @param map - any map
   * @param bytes - how many bytes it took
   */
  found(map: ReadonlyMap<unknown, unknown>, bytes: number): boolean {
    const keys: unknown[] = [];
    let binaries = 0;
    for (const key of map.keys()) {
      if (!isStructuralKey(key)) continue;
      keys.push(key);
      if (key instanceof Uint8Array) binaries++;
    }
    if (binaries === keys.length && binaries <= FEW_KEYS) return pairwise(keys as Buffer[]);
    return this.#inTable(keys, bytes);
  }

  #inTable(keys: readonly unknown[], bytes: number): boolean {
    const table = new KeyTable<undefined>(equals);
    this.work += bytes;
    for (const key of keys) {
      const before = table.comparisons;
      if (!table.add(key, undefined)) return true;
      this.work += (table.comparisons - before) * bytes;
    }
    return false;
  }
}

function pairwise(keys: readonly Buffer[]): boolean {
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    const { length } = key;
    const glance = length === 0 ? 0 : (length << 16) | (key[0] << 8) | key[length - 1];
    for (let j = 0; j < i; j++) if (glances[j] === glance && keys[j].equals(key)) return true;
    glances[i] = glance;
  }
  return false;
}
