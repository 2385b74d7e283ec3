import { HiddenNodeError } from '../errors.ts';
import type { DecodeOptions } from './decode-options.ts';
import { DEFAULT_MAX_DECOMPRESSED_BYTES, DEFAULT_MAX_DEPTH } from './limits.ts';
import { isStackOverflow } from './stack-overflow.ts';
import * as tags from './tags.ts';
import type { Term } from './term.ts';
import { TermReader } from './term-reader.ts';
import { inflate } from './zlib.ts';

// Lends the term classes their text.
import './format.ts';

export type { DecodeOptions } from './decode-options.ts';

/**
 * Reads terms from a buffer in Erlang's "External Term Format": every form that OTP 23 and later put on the wire, and the older forms
 * that they still read. Whatever the bytes are, it takes time, memory and stack in proportion to their number and the limits.
 *
 * LOCAL_EXT (OTP 26), which only the node that made it can read, and atom cache references, which need a distribution header
 * with an atom cache, are refused as `decode_invalid`.
 *
 * One decoder can be used for any number of buffers, one after another.
 */
export class Decoder extends TermReader {
  private maxDecompressedBytes = DEFAULT_MAX_DECOMPRESSED_BYTES;
  /** Where a version byte ended: the only place for a compressed term. */
  private versionEnd = -1;

  /** @param options - see {@link DecodeOptions} */
  constructor(options: DecodeOptions = {}) {
    super();
    this.configure(options);
  }

  /** Decodes as the options say from now on. */
  protected configure(options: DecodeOptions): void {
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

  protected override readCompressedTerm(): Term {
    return this.readCompressed((inner) => inner.readAny(0));
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

/** Decodes one term at a time, each with options of its own. */
class SingleDecoder extends Decoder {
  decode(bytes: Uint8Array, options: DecodeOptions | undefined): Term {
    if (options !== undefined) this.configure(options);
    try {
      this.reset(bytes);
      this.readVersion();
      const term = this.readTerm();
      if (this.atEnd) return term;
      throw new HiddenNodeError('decode_invalid', 'there are bytes after the term', { offset: this.position });
    } finally {
      // Else it would keep the input alive.
      this.release();
    }
  }
}

const common = new SingleDecoder();
const special = new SingleDecoder();

/**
 * The term in bytes that `erlang:term_to_binary/1,2` made: the version byte 131, then the term, compressed or not
 * ("External Term Format", Introduction).
 *
 * @param bytes - exactly one term
 * @param options - see {@link DecodeOptions}
 * @throws HiddenNodeError `decode_truncated`, `decode_invalid` (also for bytes after the term), `decode_limit`, `term_too_deep`
 */
export function decode(bytes: Uint8Array, options?: DecodeOptions): Term {
  return (options === undefined ? common : special).decode(bytes, options);
}
