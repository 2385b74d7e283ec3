import { HiddenNodeError } from '../errors.ts';
import type { DecodeOptions } from './decode-options.ts';
import { Float } from './float.ts';
import { FunctionTerm } from './fun.ts';
import { KeyCollisions, MAX_COLLISIONS } from './key-collisions.ts';
import { DEFAULT_MAX_DECOMPRESSED_BYTES, DEFAULT_MAX_DEPTH } from './limits.ts';
import { ImproperList } from './list.ts';
import { DuplicateKeys, isStructuralKey } from './map-keys.ts';
import { SkippingReader } from './skipping-reader.ts';
import { isStackOverflow } from './stack-overflow.ts';
import * as tags from './tags.ts';
import type { Term } from './term.ts';
import { Tuple } from './tuple.ts';
import { inflate } from './zlib.ts';

// Lends the term classes their text.
import './format.ts';

export type { DecodeOptions } from './decode-options.ts';

/** Up to this many elements get their room at once; claims of more are believed only as the elements come. */
const PREALLOCATED = 1024;

/** Looking for equal keys may take at most this many times the bytes of the input. */
const KEY_WORK_FACTOR = 64;

/**
 * Reads terms from a buffer in Erlang's "External Term Format": every form that OTP 23 and later put on the wire, and the older forms
 * that they still read. Whatever the bytes are, it takes time, memory and stack in proportion to their number and the limits.
 *
 * LOCAL_EXT (OTP 26), which only the node that made it can read, and atom cache references, which need a distribution header
 * with an atom cache, are refused as `decode_invalid`.
 *
 * One decoder can be used for any number of buffers, one after another.
 */
export class Decoder extends SkippingReader {
  private readonly utf8: boolean;
  private readonly exactFloats: boolean;
  private readonly maxDepth: number;
  private readonly maxDecompressedBytes: number;
  private exact: boolean;
  /** Where a version byte ended: the only place for a compressed term. */
  private versionEnd = -1;
  private readonly duplicates = new DuplicateKeys();

  /** @param options - see {@link DecodeOptions} */
  constructor(options: DecodeOptions = {}) {
    super();
    this.utf8 = options.binaries === 'utf8';
    this.exactFloats = options.floats === 'exact';
    this.exact = this.exactFloats;
    this.maxDepth = options.maxDepth ?? DEFAULT_MAX_DEPTH;
    this.maxDecompressedBytes = options.maxDecompressedBytes ?? DEFAULT_MAX_DECOMPRESSED_BYTES;
  }

  override reset(buffer: Uint8Array, start?: number, end?: number): void {
    super.reset(buffer, start, end);
    this.versionEnd = -1;
    this.exact = this.exactFloats;
    this.duplicates.work = 0;
  }

  /**
   * Reads the version byte 131, which comes before every term that is not inside another.
   *
   * @throws HiddenNodeError `decode_invalid` when another byte is there
   */
  readVersion(): void {
    const version = this.readUint8();
    if (version !== tags.VERSION) throw this.invalid(`version byte ${version} is not ${tags.VERSION}`);
    this.versionEnd = this.position;
  }

  /**
   * Reads one term.
   *
   * @throws HiddenNodeError `decode_truncated`, `decode_invalid`, `decode_limit`, `term_too_deep`
   */
  readTerm(): Term {
    try {
      return this.readAny(0);
    } catch (error) {
      this.exact = this.exactFloats;
      throw isStackOverflow(error) ? this.tooDeep() : error;
    }
  }

  /** Passes over one term; a compressed one is inflated to find its end. */
  override skipTerm(): void {
    if (this.position < this.end && this.buffer[this.position] === tags.COMPRESSED) {
      this.position++;
      this.readCompressed((inner) => inner.skipTerm());
    } else {
      super.skipTerm();
    }
  }

  /**
   * Reads the start of a tuple; its elements are read next.
   *
   * @returns the arity
   * @throws HiddenNodeError `decode_invalid` when the next term is no tuple
   */
  readTupleHeader(): number {
    const tag = this.readUint8();
    if (tag === tags.SMALL_TUPLE_EXT) return this.readUint8();
    if (tag === tags.LARGE_TUPLE_EXT) return this.readCount(1);
    throw this.invalid(`tag ${tag} is not that of a tuple`);
  }

  private readAny(depth: number): Term {
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
      default:
        return this.readRare(tag, depth);
    }
  }

  private readRare(tag: number, depth: number): Term {
    switch (tag) {
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
        return this.readCompressed((inner) => inner.readAny(0));
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

  private tooDeep(): HiddenNodeError {
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
      if (tag === tags.SMALL_INTEGER_EXT || tag === tags.INTEGER_EXT) i = this.readIntegers(elements, i, to);
      if (i < to) elements[i++] = this.readAny(depth + 1);
    }
    return elements;
  }

  private readTuple(arity: number, depth: number): Term {
    if (arity === 0) return new Tuple<Term[]>([]);
    this.enter(arity, depth);
    return new Tuple(this.readElements(roomFor(arity), 0, arity, depth));
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

  /** The rest of a compressed term. */
  private readCompressed<T>(read: (inner: Decoder) => T): T {
    if (this.position - 1 !== this.versionEnd) throw this.invalid('a compressed term is inside another term');
    const size = this.readUint32();
    if (size > this.maxDecompressedBytes) {
      throw this.beyondLimit(`a compressed term of ${size} bytes`, this.maxDecompressedBytes);
    }
    const inflated = inflate(this.buffer.subarray(this.position, this.end), size);
    if (inflated === undefined) throw this.invalid('a compressed term does not inflate to the size it claims');
    const inner = new Decoder({
      floats: this.exact ? 'exact' : 'number',
      binaries: this.utf8 ? 'utf8' : 'buffer',
      maxDepth: this.maxDepth,
    });
    inner.reset(inflated.bytes);
    const value = read(inner);
    if (!inner.atEnd) throw this.invalid('a compressed term is followed by more bytes inside its stream');
    this.position += inflated.consumed;
    return value;
  }
}

function roomFor(count: number): Term[] {
  return count <= PREALLOCATED ? new Array<Term>(count) : [];
}

const idle = new Decoder();

/** What an idle decoder refers to, so that it keeps no input alive. */
const NOTHING = Buffer.alloc(0);

/**
 * The term in bytes that `erlang:term_to_binary/1,2` made: the version byte 131, then the term, compressed or not
 * ("External Term Format", Introduction).
 *
 * @param bytes - exactly one term
 * @param options - see {@link DecodeOptions}
 * @throws HiddenNodeError `decode_truncated`, `decode_invalid` (also for bytes after the term), `decode_limit`, `term_too_deep`
 */
export function decode(bytes: Uint8Array, options?: DecodeOptions): Term {
  const decoder = options === undefined ? idle : new Decoder(options);
  try {
    decoder.reset(bytes);
    decoder.readVersion();
    const term = decoder.readTerm();
    if (!decoder.atEnd) {
      throw new HiddenNodeError('decode_invalid', 'there are bytes after the term', { offset: decoder.position });
    }
    return term;
  } finally {
    decoder.reset(NOTHING);
  }
}
