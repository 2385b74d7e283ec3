import { hashTerm } from './hash.ts';

/** One entry of a {@link KeyTable}. */
interface Entry<V> {
  key: unknown;
  value: V;
}

/** A table by structural key. `Map` itself finds objects by identity only. */
export class KeyTable<V> {
  /** How many pairs of keys had to be compared so far. */
  comparisons = 0;

  readonly #buckets = new Map<number, Entry<V>[]>();
  readonly #same: (a: unknown, b: unknown) => boolean;

  /** @param same - whether two keys are the same term */
  constructor(same: (a: unknown, b: unknown) => boolean) {
    this.#same = same;
  }

  /** The entry of a key, or undefined. */
  find(key: unknown): Entry<V> | undefined {
    return this.#search(this.#buckets.get(hashTerm(key)), key);
  }

  /** Adds an entry; returns false and adds nothing when the key is there. */
  add(key: unknown, value: V): boolean {
    const hash = hashTerm(key);
    const bucket = this.#buckets.get(hash);
    if (bucket === undefined) this.#buckets.set(hash, [{ key, value }]);
    else if (this.#search(bucket, key) !== undefined) return false;
    else bucket.push({ key, value });
    return true;
  }

  #search(bucket: Entry<V>[] | undefined, key: unknown): Entry<V> | undefined {
    if (bucket === undefined) return undefined;
    for (const entry of bucket) {
      this.comparisons++;
      if (this.#same(entry.key, key)) return entry;
    }
    return undefined;
  }
}
