import { HiddenNodeError } from '../errors.ts';
import { Atom, atom, isAtomName } from './atom.ts';
import { BitString } from './bitstring.ts';
import { Charlist } from './charlist.ts';
import { ExportTerm } from './export.ts';
import { Float } from './float.ts';
import { FunctionTerm } from './fun.ts';
import { KeyTable } from './key-table.ts';
import { ImproperList } from './list.ts';
import { Pid } from './pid.ts';
import { isPlainObject } from './plain-object.ts';
import { Port } from './port.ts';
import { Reference } from './reference.ts';
import { isStackOverflow } from './stack-overflow.ts';
import { lendBehaviour } from './term-object.ts';
import { Tuple } from './tuple.ts';

/**
 * True when both values are the same Erlang term, as `=:=` says: `1` and `float(1)` differ, a string equals the Buffer of its UTF-8,
 * a {@link Charlist} the array of its code points, a plain object the Map with its atom keys, `atom('true')` equals `true`.
 * Floats compare as in OTP 27 and later, where `0.0` and `-0.0` differ. What is no term equals only itself.
 *
 * @throws HiddenNodeError `term_too_deep` when the values are cyclic or nested too deeply for the stack
 */
export function equals(a: unknown, b: unknown): boolean {
  try {
    return same(a, b);
  } catch (error) {
    if (!isStackOverflow(error)) throw error;
    throw new HiddenNodeError('term_too_deep', 'the terms to compare are nested too deeply');
  }
}

lendBehaviour({ equals });

/**
 * The value of a structural key, for keys that `Map.prototype.get` finds only by identity: tuples, binaries, pids and the like.
 * Takes time in proportion to the size of the map for such a key.
 *
 * @param map - a decoded map
 * @param key - any term
 * @returns the value, or undefined when no key equals `key`
 * @throws HiddenNodeError `term_too_deep`
 */
export function mapGet<V>(map: ReadonlyMap<unknown, V>, key: unknown): V | undefined {
  return findEntry(map, key)?.value;
}

/** @internal The entry of a structural key, which tells a value of undefined from no value. */
export function findEntry<V>(map: ReadonlyMap<unknown, V>, key: unknown): { value: V } | undefined {
  if (map.has(key)) return { value: map.get(key)! };
  for (const [candidate, value] of map) if (equals(candidate, key)) return { value };
  return undefined;
}

function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a === 'object' && a !== null) return sameAsObject(a, b);
  if (typeof b === 'object' && b !== null) return sameAsObject(b, a);
  return isWhole(a) && isWhole(b) && BigInt(a) === BigInt(b);
}

/** True for what stands for an Erlang integer. */
function isWhole(value: unknown): value is number | bigint {
  return typeof value === 'bigint' || Number.isSafeInteger(value);
}

function sameAsObject(a: object, b: unknown): boolean {
  if (a instanceof Atom) return a.term === b;
  if (a instanceof Uint8Array) return sameBinary(a, b);
  if (a instanceof Tuple) return b instanceof Tuple && sameElements(a.elements, b.elements);
  if (Array.isArray(a)) return sameLists(a, b);
  if (a instanceof Charlist) return sameLists(a.toArray(), b);
  if (a instanceof Map) return sameMaps(a, mapOf(b));
  if (a instanceof Float) return Object.is(a.value, floatOf(b));
  if (isPlainObject(a)) return sameMaps(mapOf(a)!, mapOf(b));
  return sameRare(a, b);
}

function floatOf(value: unknown): number | undefined {
  if (value instanceof Float) return value.value;
  return typeof value === 'number' && !Number.isSafeInteger(value) ? value : undefined;
}

function sameBinary(a: Uint8Array, b: unknown): boolean {
  if (typeof b === 'string') return Buffer.byteLength(b, 'utf8') === a.length && Buffer.from(b, 'utf8').equals(a);
  return b instanceof Uint8Array && a.length === b.length && Buffer.compare(a, b) === 0;
}

function sameLists(a: readonly unknown[], b: unknown): boolean {
  if (Array.isArray(b)) return sameElements(a, b);
  return b instanceof Charlist && sameElements(a, b.toArray());
}

function sameElements(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!same(a[i], b[i])) return false;
  return true;
}

/** A map, or a plain object as the map that it encodes to; undefined for anything else. */
function mapOf(value: unknown): ReadonlyMap<unknown, unknown> | undefined {
  if (value instanceof Map) return value;
  if (typeof value !== 'object' || value === null || !isPlainObject(value)) return undefined;
  const entries = new Map<unknown, unknown>();
  for (const [name, child] of Object.entries(value)) entries.set(isAtomName(name) ? atom(name).term : name, child);
  return entries;
}

function sameMaps(a: ReadonlyMap<unknown, unknown>, b: ReadonlyMap<unknown, unknown> | undefined): boolean {
  if (b === undefined || a.size !== b.size) return false;
  if (a.size === 1) return sameElements([...a.entries().next().value!], [...b.entries().next().value!]);
  let table: KeyTable<unknown> | undefined;
  for (const [key, value] of a) {
    if (b.has(key)) {
      if (!same(value, b.get(key))) return false;
      continue;
    }
    table ??= tableOf(b);
    const entry = table.find(key);
    if (entry === undefined || !same(value, entry.value)) return false;
  }
  return true;
}

function tableOf(map: ReadonlyMap<unknown, unknown>): KeyTable<unknown> {
  const table = new KeyTable<unknown>(same);
  for (const [key, value] of map) table.add(key, value);
  return table;
}

function sameRare(a: object, b: unknown): boolean {
  if (a instanceof Pid) return b instanceof Pid && samePid(a, b);
  if (a instanceof Reference) return b instanceof Reference && sameReference(a, b);
  if (a instanceof Port) {
    return b instanceof Port && a.id === b.id && a.node === b.node && a.creation === b.creation;
  }
  if (a instanceof ImproperList) {
    return b instanceof ImproperList && sameElements(a.elements, b.elements) && same(a.tail, b.tail);
  }
  if (a instanceof BitString) return b instanceof BitString && a.bits === b.bits && a.bytes.equals(b.bytes);
  if (a instanceof ExportTerm) {
    return b instanceof ExportTerm && a.module === b.module && a.function === b.function && a.arity === b.arity;
  }
  return a instanceof FunctionTerm && b instanceof FunctionTerm && sameFunction(a, b);
}

function samePid(a: Pid, b: Pid): boolean {
  return a.id === b.id && a.serial === b.serial && a.node === b.node && a.creation === b.creation;
}

/** Missing words count as zero, as in Erlang. */
function sameReference(a: Reference, b: Reference): boolean {
  if (a.node !== b.node || a.creation !== b.creation) return false;
  const length = Math.max(a.words.length, b.words.length);
  for (let i = 0; i < length; i++) if ((a.words[i] ?? 0) !== (b.words[i] ?? 0)) return false;
  return true;
}

/** The process that made a fun does not count, as in Erlang. */
function sameFunction(a: FunctionTerm, b: FunctionTerm): boolean {
  return (
    a.module === b.module &&
    a.arity === b.arity &&
    a.index === b.index &&
    a.oldIndex === b.oldIndex &&
    a.oldUniq === b.oldUniq &&
    a.uniq.equals(b.uniq) &&
    sameElements(a.free, b.free)
  );
}
