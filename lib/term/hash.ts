import { randomInt } from 'node:crypto';
import { Atom } from './atom.ts';
import { BitString } from './bitstring.ts';
import { Charlist } from './charlist.ts';
import { ExportTerm } from './export.ts';
import { Float } from './float.ts';
import { FunctionTerm } from './fun.ts';
import { ImproperList } from './list.ts';
import { Pid } from './pid.ts';
import { isPlainObject } from './plain-object.ts';
import { Port } from './port.ts';
import { Reference } from './reference.ts';
import { Tuple } from './tuple.ts';

/** Differs from process to process, so that a peer cannot prepare terms whose hashes collide. */
const SEED = randomInt(2 ** 32);

const floatView = new DataView(new ArrayBuffer(8));

/** A 32-bit hash of a term: equal for terms that `equals` calls equal. */
export function hashTerm(value: unknown): number {
  return hashAny(SEED, value);
}

function mix(hash: number, word: number): number {
  const h = Math.imul(hash ^ word, 0x5bd1_e995);
  return h ^ (h >>> 15);
}

function hashAny(hash: number, value: unknown): number {
  switch (typeof value) {
    case 'number':
      return Number.isSafeInteger(value) ? hashInteger(hash, value) : hashFloat(hash, value);
    case 'bigint':
      return hashBigint(hash, value);
    case 'string':
      return hashBytes(mix(hash, 3), Buffer.from(value, 'utf8'));
    case 'object':
      return value === null ? hashText(hash, 'nil') : hashObject(hash, value);
    default:
      return hashText(hash, String(value));
  }
}

function hashInteger(hash: number, value: number): number {
  return mix(mix(mix(hash, 1), value | 0), (value / 0x1_0000_0000) | 0);
}

function hashFloat(hash: number, value: number): number {
  floatView.setFloat64(0, value);
  return mix(mix(mix(hash, 2), floatView.getInt32(0)), floatView.getInt32(4));
}

function hashBigint(hash: number, value: bigint): number {
  if (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER) return hashInteger(hash, Number(value));
  return hashText(hash, value.toString(16));
}

function hashText(hash: number, text: string): number {
  let h = mix(hash, text.length);
  for (let i = 0; i < text.length; i++) h = mix(h, text.charCodeAt(i));
  return h;
}

function hashBytes(hash: number, bytes: Uint8Array): number {
  let h = mix(hash, bytes.length);
  for (let i = 0; i < bytes.length; i++) h = mix(h, bytes[i]);
  return h;
}

function hashList(hash: number, elements: readonly unknown[]): number {
  let h = mix(hash, elements.length);
  for (let i = 0; i < elements.length; i++) h = hashAny(h, elements[i]);
  return h;
}

function hashObject(hash: number, value: object): number {
  if (value instanceof Atom) return hashText(hash, value.name);
  if (value instanceof Uint8Array) return hashBytes(mix(hash, 3), value);
  if (value instanceof Tuple) return hashList(mix(hash, 4), value.elements);
  if (Array.isArray(value)) return hashList(mix(hash, 5), value);
  if (value instanceof Map) return hashEntries(hash, value);
  if (value instanceof Charlist) return hashList(mix(hash, 5), value.toArray());
  if (value instanceof Float) return hashFloat(hash, value.value);
  return hashRare(hash, value);
}

/** Does not depend on the order of the entries. */
function hashEntries(hash: number, entries: ReadonlyMap<unknown, unknown>): number {
  let sum = 0;
  for (const [key, value] of entries) sum = (sum + hashAny(hashAny(mix(hash, 7), key), value)) | 0;
  return mix(mix(hash, 6), sum);
}

function hashRare(hash: number, value: object): number {
  if (value instanceof Pid) return mix(mix(hashText(hash, value.node.name), value.id), value.serial);
  if (value instanceof Reference) return mix(hashText(hash, value.node.name), value.words[0]);
  if (value instanceof Port) return hashAny(hashText(hash, value.node.name), value.id);
  if (value instanceof BitString) return hashBytes(mix(hash, value.bits), value.bytes);
  if (value instanceof ImproperList) return hashAny(hashList(mix(hash, 8), value.elements), value.tail);
  if (value instanceof FunctionTerm) return hashList(mix(hashText(hash, value.module.name), value.index), value.free);
  if (value instanceof ExportTerm) return hashText(hashText(hash, value.module.name), value.function.name);
  if (isPlainObject(value)) return hashProperties(hash, value as Record<string, unknown>);
  return mix(hash, 9);
}

function hashProperties(hash: number, object: Record<string, unknown>): number {
  let sum = 0;
  for (const name of Object.keys(object)) {
    sum = (sum + hashAny(hashText(mix(hash, 7), name), object[name])) | 0;
  }
  return mix(mix(hash, 6), sum);
}
