import { HiddenNodeError } from '../errors.ts';
import { Float } from './float.ts';
import { FunctionTerm } from './fun.ts';
import { KeyCollisions, MAX_COLLISIONS } from './key-collisions.ts';
import { DEFAULT_MAX_DEPTH } from './limits.ts';
import { ImproperList } from './list.ts';
import { DuplicateKeys, isStructuralKey } from './map-keys.ts';
import { SkippingReader } from './skipping-reader.ts';
import * as tags from './tags.ts';
import type { Term } from './term.ts';
import { Tuple } from './tuple.ts';

/** Up to this many elements get their room at once; claims of more are believed only as the elements come. */
const PREALLOCATED = 1024;

/** Of a NEW_FLOAT_EXT. */
const FLOAT_BYTES = 9;

/** Looking for equal keys may take at most this many times the bytes of the input. */
const KEY_WORK_FACTOR = 64;

/** Reads whole terms: those that hold no others, and those that do. */
export abstract class TermReader extends SkippingReader {
  protected utf8 = false;
  protected exactFloats = false;
  protected maxDepth = DEFAULT_MAX_DEPTH;
  /** Whether floats are exact right now: inside keys they always are. */
  protected exact = false;
  protected readonly duplicates = new DuplicateKeys();

  /** The rest of a compressed term. */
  protected abstract readCompressedTerm(): Term;

  protected readAny(depth: number): Term {
    const tag = this.readUint8();
    switch (tag) {
      case tags.SMALL_INTEGER_EXT:
        return this.readUint8();
      case tags.INTEGER_EXT:
        return this.readInt32();
      case tags.SMALL_ATOM_UTF8_EXT:
        return this.readAtomUtf8(this.readUint8()).term;
      case tags.SMALL_TUPLE_EXT:
        return this.readTuple(this.readUint8(), depth);
      case tags.BINARY_EXT:
        return this.utf8 ? this.readText() : this.readBinary();
      case tags.NIL_EXT:
        return [];
      case tags.LIST_EXT:
        return this.readList(depth);
      case tags.STRING_EXT:
        return this.readByteList([]);
      case tags.MAP_EXT:
        return this.readMap(depth);
      case tags.NEW_FLOAT_EXT:
        return this.floatTerm(this.readFloatBits());
      case tags.SMALL_BIG_EXT:
        return this.readBig(this.readUint8());
      case tags.ATOM_EXT:
        return this.readAtomLatin1(this.readUint16()).term;
      case tags.SMALL_ATOM_EXT:
        return this.readAtomLatin1(this.readUint8()).term;
      case tags.ATOM_UTF8_EXT:
        return this.readAtomUtf8(this.readUint16()).term;
      case tags.LARGE_TUPLE_EXT:
        return this.readTuple(this.readUint32(), depth);
      case tags.BIT_BINARY_EXT:
        return this.readBits();
      case tags.LARGE_BIG_EXT:
        return this.readBig(this.readUint32());
      case tags.NEW_FUN_EXT:
        return this.readFunction(depth);
      case tags.FLOAT_EXT:
        return this.floatTerm(this.readFloatText());
      case tags.COMPRESSED:
        return this.readCompressedTerm();
      default:
        return this.readIdentifier(tag);
    }
  }

  private floatTerm(value: number): Term {
    return this.exact ? new Float(value) : value;
  }

  /** Throws when the rest cannot hold `count` terms or they would be nested too deeply. */
  private enter(count: number, depth: number): void {
    // Each term takes at least one byte.
    this.need(count);
    if (depth >= this.maxDepth) throw this.tooDeep();
  }

  protected tooDeep(): HiddenNodeError {
    const offset = this.position - this.start;
    return new HiddenNodeError('term_too_deep', `the term is nested deeper than ${this.maxDepth} (at byte ${offset})`, {
      maxDepth: this.maxDepth,
      offset,
    });
  }

  /** Puts terms into `elements` from the index `from` to before the index `to`. */
  private readElements(elements: Term[], from: number, to: number, depth: number): Term[] {
    const { buffer } = this;
    for (let i = from; i < to; ) {
      const tag = buffer[this.position];
      if (tag === tags.SMALL_INTEGER_EXT || tag === tags.INTEGER_EXT || this.floatsFollow(tag)) {
        i = this.readNumbers(elements, i, to, !this.exact);
      }
      if (i < to) elements[i++] = this.readAny(depth + 1);
    }
    return elements;
  }

  /** True when a float and another follow: for one alone it does not pay to read a run. */
  private floatsFollow(tag: number): boolean {
    return tag === tags.NEW_FLOAT_EXT && this.buffer[this.position + FLOAT_BYTES] === tag && !this.exact;
  }

  private readTuple(arity: number, depth: number): Term {
    if (arity === 0) return new Tuple<Term[]>([]);
    this.enter(arity, depth);
    const inner = depth + 1;
    // Arrays that are written out are made several times faster than those of a length that is only known now.
    switch (arity) {
      case 1:
        return new Tuple([this.readAny(inner)]);
      case 2:
        return new Tuple([this.readAny(inner), this.readAny(inner)]);
      case 3:
        return new Tuple([this.readAny(inner), this.readAny(inner), this.readAny(inner)]);
      case 4:
        return new Tuple([this.readAny(inner), this.readAny(inner), this.readAny(inner), this.readAny(inner)]);
      default:
        return new Tuple(this.readElements(roomFor(arity), 0, arity, depth));
    }
  }

  /** The rest of LIST_EXT. A tail that is a list again, which Erlang reads but does not write, continues this one. */
  private readList(depth: number): Term {
    let count = this.readUint32();
    this.enter(count + 1, depth);
    const elements = this.readElements(roomFor(count), 0, count, depth);
    let tag = this.readUint8();
    while (tag === tags.LIST_EXT) {
      count = this.readUint32();
      this.enter(count + 1, depth);
      this.readElements(elements, elements.length, elements.length + count, depth);
      tag = this.readUint8();
    }
    if (tag === tags.NIL_EXT) return elements;
    if (tag === tags.STRING_EXT) return this.readByteList(elements);
    this.position--;
    const tail = this.readAny(depth + 1);
    return elements.length === 0 ? tail : new ImproperList(elements, tail);
  }

  /** The rest of STRING_EXT, appended to `elements`. */
  private readByteList(elements: Term[]): Term[] {
    const count = this.readUint16();
    this.need(count);
    const { buffer, position } = this;
    for (let i = 0; i < count; i++) elements.push(buffer[position + i]);
    this.position = position + count;
    return elements;
  }

  private readMap(depth: number): Term {
    const before = this.position;
    const count = this.readCount(2);
    const map = new Map<Term, Term>();
    if (count === 0) return map;
    this.enter(count, depth);
    const { exact, buffer } = this;
    const collisions = count > MAX_COLLISIONS ? new KeyCollisions(count) : undefined;
    let structural = 0;
    for (let i = 0; i < count; i++) {
      if (buffer[this.position] === tags.SMALL_ATOM_UTF8_EXT) {
        this.position++;
        map.set(this.readAtomUtf8(this.readUint8()).term, this.readAny(depth + 1));
        continue;
      }
      this.exact = true;
      const key = this.readAny(depth + 1);
      this.exact = exact;
      if (isStructuralKey(key)) structural++;
      if (collisions?.admits(key) === false) throw this.beyondLimit('the number of keys that collide', MAX_COLLISIONS);
      map.set(key, this.readAny(depth + 1));
    }
    if (map.size !== count || (structural > 1 && this.hasEqualKeys(map, before))) {
      throw this.invalid('a map has the same key twice');
    }
    return map;
  }

  private hasEqualKeys(map: ReadonlyMap<Term, Term>, before: number): boolean {
    const found = this.duplicates.found(map, this.position - before);
    const limit = (this.end - this.start) * KEY_WORK_FACTOR;
    if (this.duplicates.work > limit) throw this.beyondLimit('the work of comparing map keys', limit);
    return found;
  }

  /** The rest of NEW_FUN_EXT. */
  private readFunction(depth: number): Term {
    const end = this.position + this.readFunctionSize();
    const arity = this.readUint8();
    this.need(16);
    const uniq = this.buffer.subarray(this.position, this.position + 16);
    this.position += 16;
    const index = this.readUint32();
    const count = this.readCount(1);
    const module = this.readAtom();
    const oldIndex = this.readSmallInteger();
    const oldUniq = this.readSmallInteger();
    const pid = this.readPid();
    if (count > 0) this.enter(count, depth);
    const free = this.readElements(roomFor(count), 0, count, depth);
    if (this.position !== end) throw this.invalid('a fun has another size than it claims');
    return new FunctionTerm<Term>({ module, arity, index, uniq, oldIndex, oldUniq, pid, free });
  }
}

function roomFor(count: number): Term[] {
  return count <= PREALLOCATED ? new Array<Term>(count) : [];
}
