import { Atom } from './atom.ts';
import { equals } from './equals.ts';
import { KeyTable } from './key-table.ts';

/** Up to this many binaries are compared pair by pair, which is faster than a table. */
const FEW_KEYS = 12;

/** True for keys that `Map` tells apart by identity, so that two equal ones would both enter. */
export function isStructuralKey(key: unknown): boolean {
  return typeof key === 'object' && key !== null && !(key instanceof Atom);
}

/** Finds equal keys among the structural ones of a map, counting the work. */
export class DuplicateKeys {
  /** The work so far, in bytes looked at. */
  work = 0;

  /**
   * True when two of the keys are the same term.
   *
   * @param keys - structural keys of one map
   * @param bytes - how many bytes their map took
   */
  found(keys: readonly unknown[], bytes: number): boolean {
    if (keys.length <= FEW_KEYS && keys.every(Buffer.isBuffer)) return pairwise(keys as readonly Buffer[]);
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
  for (let i = 1; i < keys.length; i++) {
    for (let j = 0; j < i; j++) {
      if (keys[i].length === keys[j].length && keys[i][0] === keys[j][0] && keys[i].equals(keys[j])) return true;
    }
  }
  return false;
}
