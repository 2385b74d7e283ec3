import { Atom, FALSE, NIL, TRUE, UNDEFINED } from './atom.ts';
import { BitString } from './bitstring.ts';
import { Charlist } from './charlist.ts';
import { UNENCODABLE } from './encode-fault.ts';
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
import { LARGE_TUPLE_EXT, LIST_EXT, MAP_EXT, NEW_FUN_EXT, NIL_EXT, SMALL_TUPLE_EXT, STRING_EXT } from './tags.ts';
import { Tuple } from './tuple.ts';

/** A list of bytes up to this long becomes a STRING_EXT. */
const MAX_STRING_EXT = 0xffff;

/** Writes whole terms: those that hold no others, and those that do. What is no term throws {@link UNENCODABLE}. */
export class TermWriter extends IdentifierWriter {
  protected maxDepth = DEFAULT_MAX_DEPTH;

  protected writeAny(value: unknown, depth: number): void {
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
      if (typeof element === 'number' && i + 1 < count) i = this.writeNumbers(elements, i);
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
