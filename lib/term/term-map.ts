/** A table by term, in which two keys that are the same term are one. `Map` itself finds objects by identity only. */
import { equals } from './equals.ts';
import { hashTerm } from './hash.ts';
import type { EncodableTerm, Term } from './term.ts';

interface Entry<V> {
  readonly key: Term;
  value: V;
}

export class TermMap<V> {
  readonly #buckets = new Map<number, Entry<V>[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: EncodableTerm): V | undefined {
    return this.#buckets.get(hashTerm(key))?.find((entry) => equals(entry.key, key))?.value;
  }

  set(key: Term, value: V): void {
    const hash = hashTerm(key);
    const bucket = this.#buckets.get(hash) ?? [];
    const entry = bucket.find((each) => equals(each.key, key));
    if (entry !== undefined) {
      entry.value = value;
      return;
    }
    bucket.push({ key, value });
    this.#buckets.set(hash, bucket);
    this.#size++;
  }

  /** @returns false when the key is not there */
  delete(key: EncodableTerm): boolean {
    const hash = hashTerm(key);
    const bucket = this.#buckets.get(hash);
    const place = bucket?.findIndex((entry) => equals(entry.key, key)) ?? -1;
    if (bucket === undefined || place < 0) return false;
    if (bucket.length === 1) this.#buckets.delete(hash);
    else bucket.splice(place, 1);
    this.#size--;
    return true;
  }

  *keys(): IterableIterator<Term> {
    for (const [key] of this) yield key;
  }

  *[Symbol.iterator](): IterableIterator<[key: Term, value: V]> {
    for (const bucket of this.#buckets.values()) for (const { key, value } of bucket) yield [key, value];
  }
}
