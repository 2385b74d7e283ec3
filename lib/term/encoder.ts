import { Atom, FALSE, NIL, TRUE, UNDEFINED } from './atom.ts';
import { BitString } from './bitstring.ts';
import { Charlist } from './charlist.ts';
import { explainFault, UNENCODABLE } from './encode-fault.ts';
import { EncodedTerm } from './encoded-term.ts';
import { ExportTerm } from './export.ts';
import { Float } from './float.ts';
import { FunctionTerm } from './fun.ts';
import { IdentifierWriter } from './identifier-writer.ts';
import { DEFAULT_MAX_DEPTH } from './limits.ts';
import { ImproperList } from './list.ts';
import { Pid } from './pid.ts';
import { isPlainObject } from './plain-object.ts';
import { Port } from './port.ts';
import { Reference } from './reference.ts';
import { isStackOverflow } from './stack-overflow.ts';
import {
  LARGE_TUPLE_EXT,
  LIST_EXT,
  MAP_EXT,
  NEW_FUN_EXT,
  NIL_EXT,
  SMALL_TUPLE_EXT,
  STRING_EXT,
  VERSION,
} from './tags.ts';
import type { EncodableTerm } from './term.ts';
import { Tuple } from './tuple.ts';

// Lends the term classes their text.
import './format.ts';

/** Options of an {@link Encoder} and of {@link encode}. */
export interface EncodeOptions {
  /** How deeply a term may be nested; default 1024. */
  maxDepth?: number | undefined;
}

/** A list of bytes up to this long becomes a STRING_EXT. */
const MAX_STRING_EXT = 0xffff;

/**
 * Writes terms into a buffer in Erlang's "External Term Format", in the newest form of each that OTP 23 reads.
 *
 * After a throw, what stands after the `offset` from before the call is of no use: set `offset` back.
 */
export class Encoder extends IdentifierWriter {
  private readonly maxDepth: number;

  /**
   * @param options - see {@link EncodeOptions}
   * @param initialBytes - the size of the first buffer; default 1024
   */
  constructor(options: EncodeOptions = {}, initialBytes?: number) {
    super(initialBytes);
    this.maxDepth = options.maxDepth ?? DEFAULT_MAX_DEPTH;
  }

  /** Writes the version byte 131, which comes before every term that is not inside another. */
  writeVersion(): void {
    this.writeUint8(VERSION);
  }

  /**
   * Writes one term, without the version byte.
   *
   * @throws HiddenNodeError `not_a_term`, whose facts name `path` and `kind`; `term_too_deep`
   */
  writeTerm(value: EncodableTerm): void {
    try {
      this.writeAny(value, 0);
    } catch (error) {
      this.abandon();
      if (error === UNENCODABLE || isStackOverflow(error)) throw explainFault(value, this.maxDepth);
      throw error;
    }
  }

  /** A term could not be written. */
  protected abandon(): void {
    this.unfilled = 0;
  }

  private writeAny(value: unknown, depth: number): void {
    if (typeof value === 'object' && value !== null) this.writeObject(value, depth);
    else this.writePrimitive(value);
  }

  private writePrimitive(value: unknown): void {
    if (typeof value === 'number') this.writeNumber(value);
    else if (typeof value === 'string') this.writeString(value);
    else if (typeof value === 'boolean') this.writeAtom(value ? TRUE : FALSE);
    else if (value === undefined) this.writeAtom(UNDEFINED);
    else if (value === null) this.writeAtom(NIL);
    else if (typeof value === 'bigint') this.writeBigint(value);
    else throw UNENCODABLE;
  }

  private writeObject(value: object, depth: number): void {
    if (value instanceof Atom) this.writeAtom(value);
    else if (value instanceof Tuple) this.writeTuple(value.elements, depth);
    else if (Array.isArray(value)) this.writeList(value, depth);
    else if (value instanceof Uint8Array) this.writeBinary(value);
    else if (value instanceof Map) this.writeMap(value, depth);
    else if (isPlainObject(value)) this.writePlainObject(value as Record<string, unknown>, depth);
    else this.writeRare(value, depth);
  }

  private writeRare(value: object, depth: number): void {
    if (value instanceof Pid) this.writePid(value);
    else if (value instanceof Reference) this.writeReference(value);
    else if (value instanceof Float) this.writeFloat(value.value);
    else if (value instanceof Charlist) this.writeList(value.toArray(), depth);
    else if (value instanceof ImproperList) this.writeImproperList(value, depth);
    else if (value instanceof BitString) this.writeBitString(value);
    else if (value instanceof Port) this.writePort(value);
    else if (value instanceof ExportTerm) this.writeExport(value);
    else if (value instanceof FunctionTerm) this.writeFunction(value, depth);
    else if (value instanceof EncodedTerm) this.writeBytes(value.bytes);
    else throw UNENCODABLE;
  }

  /** SMALL_TUPLE_EXT or LARGE_TUPLE_EXT. */
  private writeTuple(elements: readonly unknown[], depth: number): void {
    const arity = elements.length;
    if (arity < 256) {
      this.ensure(2);
      const { buffer, offset } = this;
      buffer[offset] = SMALL_TUPLE_EXT;
      buffer[offset + 1] = arity;
      this.offset = offset + 2;
    } else {
      this.writeTagged32(LARGE_TUPLE_EXT, arity);
    }
    this.writeElements(elements, depth);
  }

  private writeElements(elements: readonly unknown[], depth: number): void {
    const count = elements.length;
    if (count > 0 && depth >= this.maxDepth) throw UNENCODABLE;
    for (let i = 0; i < count; ) {
      const element = elements[i];
      if (typeof element === 'number' && i + 1 < count) i = this.writeIntegers(elements, i);
      else if (element === undefined && !(i in elements)) throw UNENCODABLE;
      else {
        this.writeAny(element, depth + 1);
        i++;
      }
    }
  }

  /** NIL_EXT, STRING_EXT for a list of bytes as Erlang does, or LIST_EXT. */
  private writeList(list: readonly unknown[], depth: number): void {
    const count = list.length;
    if (count > 0 && count <= MAX_STRING_EXT && isByte(list[0]) && this.writeByteList(list, count)) return;
    if (count > 0) {
      this.writeTagged32(LIST_EXT, count);
      this.writeElements(list, depth);
    }
    this.writeUint8(NIL_EXT);
  }

  /** False, and nothing written, when an element is not a byte. */
  private writeByteList(list: readonly unknown[], count: number): boolean {
    this.ensure(3 + count);
    const { buffer, offset } = this;
    const start = offset + 3;
    for (let i = 0; i < count; i++) {
      const element = list[i];
      if (!isByte(element)) return false;
      buffer[start + i] = element;
    }
    buffer[offset] = STRING_EXT;
    buffer[offset + 1] = count >> 8;
    buffer[offset + 2] = count;
    this.offset = start + count;
    return true;
  }

  private writeImproperList(list: ImproperList, depth: number): void {
    this.writeTagged32(LIST_EXT, list.elements.length);
    this.writeElements(list.elements, depth);
    this.writeAny(list.tail, depth + 1);
  }

  /** MAP_EXT, in the order of the map. */
  private writeMap(map: ReadonlyMap<unknown, unknown>, depth: number): void {
    if (map.size > 0 && depth >= this.maxDepth) throw UNENCODABLE;
    this.writeTagged32(MAP_EXT, map.size);
    for (const [key, value] of map) {
      this.writeAny(key, depth + 1);
      this.writeAny(value, depth + 1);
    }
  }

  private writePlainObject(object: Record<string, unknown>, depth: number): void {
    const names = Object.keys(object);
    if (names.length > 0 && depth >= this.maxDepth) throw UNENCODABLE;
    this.writeTagged32(MAP_EXT, names.length);
    for (let i = 0; i < names.length; i++) {
      const name = names[i];
      this.writeAtomName(name);
      this.writeAny(object[name], depth + 1);
    }
  }

  /** NEW_FUN_EXT. Its size comes first and is known last, so it is filled in. */
  private writeFunction(value: FunctionTerm, depth: number): void {
    this.writeUint8(NEW_FUN_EXT);
    const mark = this.offset - this.base;
    this.unfilled++;
    this.writeUint32(0);
    this.writeUint8(value.arity);
    this.writeBytes(value.uniq);
    this.writeUint32(value.index);
    this.writeUint32(value.free.length);
    this.writeAtom(value.module);
    this.writeInt32(value.oldIndex);
    this.writeInt32(value.oldUniq);
    this.writePid(value.pid);
    this.writeElements(value.free, depth);
    const start = this.base + mark;
    this.buffer.writeUInt32BE(this.offset - start, start);
    this.unfilled--;
  }
}

function isByte(value: unknown): value is number {
  return typeof value === 'number' && (value & 0xff) === value;
}

/** A buffer larger than this is not kept for the next {@link encode}. */
const KEPT_BYTES = 64 * 1024;

let idle: Encoder | undefined = new Encoder({}, KEPT_BYTES);

/**
 * A term as `erlang:binary_to_term/1` reads it: the version byte 131 and the term ("External Term Format", Introduction).
 *
 * @param term - any {@link EncodableTerm}
 * @param options - `maxDepth`: how deeply the term may be nested, default 1024
 * @returns a buffer of its own
 * @throws HiddenNodeError `not_a_term`, whose facts name `path` and `kind`; `term_too_deep`
 */
export function encode(term: EncodableTerm, options?: EncodeOptions): Buffer {
  return encodeUpTo(Number.POSITIVE_INFINITY, term, options);
}

function encodeUpTo(maxBytes: number, term: EncodableTerm, options?: EncodeOptions): Buffer {
  const encoder = (options === undefined ? idle : undefined) ?? new Encoder(options);
  // A getter of a plain object may call encode while this call is under way.
  if (encoder === idle) idle = undefined;
  encoder.offset = 0;
  encoder.maxBytes = maxBytes;
  try {
    encoder.writeVersion();
    encoder.writeTerm(term);
    const bytes = Buffer.allocUnsafe(encoder.offset);
    encoder.buffer.copy(bytes, 0, 0, encoder.offset);
    return bytes;
  } finally {
    if (options === undefined && encoder.buffer.length <= KEPT_BYTES) idle = encoder;
    else if (options === undefined) idle = new Encoder({}, KEPT_BYTES);
  }
}

/**
 * Encodes a term now that is to be sent later.
 *
 * @param maxBytes - the most that it may have, within a kilobyte; default: no limit
 * @returns what can be encoded in its place, as often as need be
 * @throws HiddenNodeError as {@link encode}; `message_too_large`
 */
export function preencode(term: EncodableTerm, maxBytes = Number.POSITIVE_INFINITY): EncodableTerm {
  return new EncodedTerm(encodeUpTo(maxBytes, term).subarray(1)) as unknown as EncodableTerm;
}
