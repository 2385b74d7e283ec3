import { copyBytes } from './copy-bytes.ts';
import { explainFault, UNENCODABLE } from './encode-fault.ts';
import { EncodedTerm } from './encoded-term.ts';
import { DEFAULT_MAX_DEPTH } from './limits.ts';
import { Slab } from './slab.ts';
import { isStackOverflow } from './stack-overflow.ts';
import { VERSION } from './tags.ts';
import type { EncodableTerm } from './term.ts';
import { TermWriter } from './term-writer.ts';

// Lends the term classes their text.
import './format.ts';

/** Options of an {@link Encoder} and of {@link encode}. */
export interface EncodeOptions {
  /** How deeply a term may be nested; default 1024. */
  maxDepth?: number | undefined;
}

/**
 * Writes terms into a buffer in Erlang's "External Term Format", in the newest form of each that OTP 23 reads.
 *
 * After a throw, what stands after the `offset` from before the call is of no use: set `offset` back.
 */
export class Encoder extends TermWriter {
  /** True while a term is written, which may run getters of the user's. */
  protected writing = false;

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
    this.writing = true;
    try {
      this.writeAny(value, 0);
    } catch (error) {
      this.abandon();
      if (error === UNENCODABLE || isStackOverflow(error)) throw explainFault(value, this.maxDepth);
      throw error;
    } finally {
      this.writing = false;
    }
  }

  /** A term could not be written. */
  protected abandon(): void {
    this.unfilled = 0;
  }
}

/** Results share memory: short ones slabs of the size that `Buffer.allocUnsafe` has, longer ones larger slabs. */
const SHORT_SLAB = 8192;
const LONG_SLAB = 65_536;

/** A shorter result must not keep a large slab alive. */
const LONG = 1024;

/** From here on a result has memory of its own. */
const LARGE = 8192;

/** Encodes into slabs whose pieces are the results, so that most need no copy. */
class ResultEncoder extends Encoder {
  #short = new Slab(SHORT_SLAB);
  #long = new Slab(LONG_SLAB);
  /** Whether the last result was long, since the next may be. */
  #isLong = false;

  /** The term behind its version byte. */
  encode(term: EncodableTerm, maxDepth: number, maxBytes: number): Buffer {
    this.maxDepth = maxDepth;
    this.maxBytes = maxBytes;
    this.#start(this.#isLong ? this.#long : this.#short);
    this.writeVersion();
    this.writeTerm(term);
    const length = this.offset - this.base;
    if (length > maxBytes) throw this.tooLarge(length);
    this.#isLong = length >= LONG;
    return this.#result(length);
  }

  #start({ bytes, next }: Slab): void {
    this.buffer = bytes;
    this.base = next;
    this.offset = next;
  }

  #result(length: number): Buffer {
    const { buffer, base, offset } = this;
    if (buffer === this.#short.bytes) return this.#short.give(offset);
    if (buffer === this.#long.bytes && length >= LONG && length < LARGE) return this.#long.give(offset);
    this.#start(this.#short);
    return copyBytes(buffer, base, offset);
  }

  protected override abandon(): void {
    super.abandon();
    this.#start(this.#short);
  }

  /** What does not fit into the rest of its slab moves to another, or to a buffer for it alone when it is larger. */
  protected override grow(needed: number): void {
    const { buffer, base, offset } = this;
    const least = offset - base + needed;
    const inShort = buffer === this.#short.bytes;
    if (inShort && base > 0 && least <= SHORT_SLAB / 2) {
      this.#short = new Slab(SHORT_SLAB);
      this.#start(this.#short);
    } else if (least <= LONG_SLAB && (inShort || base > 0)) {
      if (!inShort || !this.#long.holds(least)) this.#long = new Slab(LONG_SLAB);
      this.#start(this.#long);
    } else {
      return super.grow(needed);
    }
    buffer.copy(this.buffer, this.offset, base, offset);
    this.offset += offset - base;
  }
}

let idle: ResultEncoder | undefined = new ResultEncoder({}, 0);

/**
 * A term as `erlang:binary_to_term/1` reads it: the version byte 131 and the term ("External Term Format", Introduction).
 *
 * @param term - any {@link EncodableTerm}
 * @param options - `maxDepth`: how deeply the term may be nested, default 1024
 * @returns a buffer of its own
 * @throws HiddenNodeError `not_a_term`, whose facts name `path` and `kind`; `term_too_deep`
 */
export function encode(term: EncodableTerm, options?: EncodeOptions): Buffer {
  return encodeUpTo(Number.POSITIVE_INFINITY, term, options?.maxDepth);
}

function encodeUpTo(maxBytes: number, term: EncodableTerm, maxDepth = DEFAULT_MAX_DEPTH): Buffer {
  // A getter of a plain object may call encode while this call is under way.
  const encoder = idle ?? new ResultEncoder({}, 0);
  idle = undefined;
  try {
    return encoder.encode(term, maxDepth, maxBytes);
  } finally {
    idle = encoder;
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
