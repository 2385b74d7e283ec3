/**
 * A guard against maps whose integer keys were chosen to collide in the hash table behind `Map`. V8 hashes strings with a secret
 * seed but numbers without one, so a peer could make a map of n keys cost n^2 steps. The guard computes the same hash and counts.
 * Should a later V8 hash otherwise, the guard sees nothing; a test that times such a map tells.
 */

/** This many keys of one map may share a bucket; smaller maps need no guard. */
export const MAX_COLLISIONS = 1024;

const BUCKETS = 65_536;

const view = new DataView(new ArrayBuffer(8));

/** Counts the integer keys of one map by the low bits of their hash. */
export class KeyCollisions {
  readonly #counts = new Uint32Array(BUCKETS);
  readonly #limit: number;

  /** @param keys - how many keys the map has */
  constructor(keys: number) {
    this.#limit = Math.max(MAX_COLLISIONS, (keys / BUCKETS) * 16);
  }

  /** Counts a key; false when too many are in its bucket. */
  admits(key: unknown): boolean {
    if (typeof key === 'number') return this.#count((key | 0) === key ? hashInt32(key) : hashDouble(key));
    return typeof key !== 'bigint' || this.#count(hashBigint(key));
  }

  #count(hash: number): boolean {
    return ++this.#counts[hash & (BUCKETS - 1)] <= this.#limit;
  }
}

/** V8's `ComputeUnseededHash`. */
function hashInt32(key: number): number {
  let hash = (~key + (key << 15)) | 0;
  hash ^= hash >>> 12;
  hash = (hash + (hash << 2)) | 0;
  hash ^= hash >>> 4;
  hash = Math.imul(hash, 2057);
  return hash ^ (hash >>> 16);
}

function hashDouble(key: number): number {
  view.setFloat64(0, key);
  return hashWord(view.getUint32(0), view.getUint32(4));
}

/** V8 looks at the lowest 64 bits of the magnitude only. */
function hashBigint(key: bigint): number {
  view.setBigUint64(0, key < 0n ? -key : key);
  return hashWord(view.getUint32(0), view.getUint32(4));
}

/** The low 32 bits of V8's `ComputeLongHash` of a 64-bit word in two halves. */
function hashWord(high: number, low: number): number {
  // hash = ~key + (key << 18)
  let lo = (~low >>> 0) + ((low << 18) >>> 0);
  let hi = (~high + ((high << 18) | (low >>> 14)) + (lo > 0xffff_ffff ? 1 : 0)) >>> 0;
  lo >>>= 0;
  // hash ^= hash >> 31
  lo = (lo ^ ((hi << 1) | (lo >>> 31))) >>> 0;
  hi = (hi ^ (hi >>> 31)) >>> 0;
  // hash *= 21
  const product = lo * 21;
  hi = (Math.imul(hi, 21) + Math.floor(product / 0x1_0000_0000)) >>> 0;
  lo = product >>> 0;
  // hash ^= hash >> 11
  lo = (lo ^ ((hi << 21) | (lo >>> 11))) >>> 0;
  hi = (hi ^ (hi >>> 11)) >>> 0;
  // hash += hash << 6
  const sum = lo + ((lo << 6) >>> 0);
  hi = (hi + ((hi << 6) | (lo >>> 26)) + (sum > 0xffff_ffff ? 1 : 0)) >>> 0;
  lo = sum >>> 0;
  // hash ^= hash >> 22
  return lo ^ ((hi << 10) | (lo >>> 22));
}
