import type { Atom } from './atom.ts';
import { atomFromLatin1, atomFromUtf8 } from './atom-cache.ts';
import { integerFromBytes, MAX_INTEGER_BYTES } from './bigint.ts';
import { BitString } from './bitstring.ts';
import { ByteReader } from './byte-reader.ts';
import { copyBytes } from './copy-bytes.ts';
import { parseFloatText } from './float-text.ts';
import { float64, floatWords, HIGH, LOW } from './float-words.ts';
import { MAX_INTEGER_BITS } from './limits.ts';
import {
  ATOM_EXT,
  ATOM_UTF8_EXT,
  INTEGER_EXT,
  LARGE_BIG_EXT,
  NEW_FLOAT_EXT,
  SMALL_ATOM_EXT,
  SMALL_ATOM_UTF8_EXT,
  SMALL_BIG_EXT,
  SMALL_INTEGER_EXT,
} from './tags.ts';
import { decodeUtf8 } from './utf8.ts';

const FLOAT_TEXT_BYTES = 31;

/** From this size on it is worth the while to look whether a binary must be copied. */
const LARGE_BINARY = 64 * 1024;

/** Reads the terms that hold no other terms: numbers, binaries, atoms. */
export class ScalarReader extends ByteReader {
  /**
   * Reads an integer.
   *
   * @returns a number when it is a safe integer, else a bigint
   * @throws HiddenNodeError `decode_invalid` when the next term is none
   */
  readInteger(): number | bigint {
    const tag = this.readUint8();
    switch (tag) {
      case SMALL_INTEGER_EXT:
        return this.readUint8();
      case INTEGER_EXT:
        return this.readInt32();
      case SMALL_BIG_EXT:
        return this.readBig(this.readUint8());
      case LARGE_BIG_EXT:
        return this.readBig(this.readUint32());
      default:
        throw this.invalid(`tag ${tag} is not that of an integer`);
    }
  }

  /**
   * Reads an integer of at most 32 bits, signed.
   *
   * @throws HiddenNodeError `decode_invalid` when the next term is none
   */
  readSmallInteger(): number {
    const value = this.readInteger();
    if ((Number(value) | 0) !== value) throw this.invalid('an integer of at most 32 bits is expected');
    return value as number;
  }

  /**
   * Reads a run of numbers, because lists of them are common: integers of up to 32 bits and, unless they are to be exact, floats.
   * Returns where the run ended.
   */
  protected readNumbers(elements: unknown[], from: number, to: number, floats: boolean): number {
    const { buffer, end } = this;
    let { position } = this;
    let view: DataView | undefined;
    let i = from;
    for (; i < to; i++) {
      const tag = buffer[position];
      if (tag === SMALL_INTEGER_EXT && position + 2 <= end) {
        elements[i] = buffer[position + 1];
        position += 2;
      } else if (tag === INTEGER_EXT && position + 5 <= end) {
        elements[i] =
          (buffer[position + 1] << 24) |
          (buffer[position + 2] << 16) |
          (buffer[position + 3] << 8) |
          buffer[position + 4];
        position += 5;
      } else if (floats && tag === NEW_FLOAT_EXT && position + 9 <= end) {
        // Making a view does not pay for one float, which is then read alone.
        if (view === undefined && buffer[position + 9] !== NEW_FLOAT_EXT) break;
        view ??= this.floatView();
        const value = view.getFloat64(position + 1);
        // Whoever reads it alone says what is wrong.
        if (!Number.isFinite(value)) break;
        elements[i] = value;
        position += 9;
      } else {
        break;
      }
    }
    this.position = position;
    return i;
  }

  /**
   * Reads an atom, also one that `readTerm` gives as a JavaScript value, such as `true`.
   *
   * @throws HiddenNodeError `decode_invalid` when the next term is no atom, `decode_limit` when too many atoms are alive
   */
  readAtom(): Atom {
    const tag = this.readUint8();
    switch (tag) {
      case SMALL_ATOM_UTF8_EXT:
        return this.readAtomUtf8(this.readUint8());
      case ATOM_UTF8_EXT:
        return this.readAtomUtf8(this.readUint16());
      case SMALL_ATOM_EXT:
        return this.readAtomLatin1(this.readUint8());
      case ATOM_EXT:
        return this.readAtomLatin1(this.readUint16());
      default:
        throw this.invalid(`tag ${tag} is not that of an atom`);
    }
  }

  protected readAtomUtf8(length: number): Atom {
    const start = this.position;
    const end = start + length;
    if (end > this.end) throw this.truncated(length);
    this.position = end;
    return atomFromUtf8(this.buffer, start, end) ?? this.refuseAtom();
  }

  private refuseAtom(): never {
    throw this.invalid('the name of an atom is not UTF-8 of at most 255 characters');
  }

  protected readAtomLatin1(length: number): Atom {
    this.need(length);
    const start = this.position;
    this.position = start + length;
    const found = atomFromLatin1(this.buffer, start, this.position);
    if (found === undefined) throw this.invalid('the name of an atom has more than 255 characters');
    return found;
  }

  /** The rest of SMALL_BIG_EXT or LARGE_BIG_EXT: sign and magnitude. */
  protected readBig(length: number): number | bigint {
    this.need(length + 1);
    const { buffer } = this;
    const sign = buffer[this.position];
    const start = this.position + 1;
    let end = start + length;
    this.position = end;
    while (end > start && buffer[end - 1] === 0) end--;
    const bits = end === start ? 0 : (end - start) * 8 - Math.clz32(buffer[end - 1]) + 24;
    if (end - start > MAX_INTEGER_BYTES || bits > MAX_INTEGER_BITS) {
      throw this.beyondLimit(`an integer of ${bits} bits`, MAX_INTEGER_BITS);
    }
    return integerFromBytes(buffer, start, end, sign !== 0);
  }

  /** The rest of NEW_FLOAT_EXT. */
  protected readFloatBits(): number {
    this.need(8);
    const { buffer, position } = this;
    floatWords[HIGH] =
      (buffer[position] << 24) | (buffer[position + 1] << 16) | (buffer[position + 2] << 8) | buffer[position + 3];
    floatWords[LOW] =
      (buffer[position + 4] << 24) | (buffer[position + 5] << 16) | (buffer[position + 6] << 8) | buffer[position + 7];
    this.position = position + 8;
    const value = float64[0];
    if (!Number.isFinite(value)) throw this.invalid('a float is not finite');
    return value;
  }

  /** The rest of FLOAT_EXT. */
  protected readFloatText(): number {
    this.need(FLOAT_TEXT_BYTES);
    const start = this.position;
    this.position = start + FLOAT_TEXT_BYTES;
    const value = parseFloatText(this.buffer.toString('latin1', start, this.position));
    if (value === undefined) throw this.invalid('a float in text form is malformed');
    return value;
  }

  /** The rest of BINARY_EXT, copied. */
  protected readBinary(): Buffer {
    return this.takeBytes(this.readCount(1));
  }

  /** The next bytes, copied. */
  private takeBytes(length: number): Buffer {
    const start = this.position;
    this.position = start + length;
    if (length >= LARGE_BINARY) return this.largeBinary(start, this.position);
    return copyBytes(this.buffer, start, this.position);
  }

  /** A large binary of the bytes `[start, end)`. A subclass that knows that the buffer will not be used again need not copy them. */
  protected largeBinary(start: number, end: number): Buffer {
    return copyBytes(this.buffer, start, end);
  }

  /** The rest of BINARY_EXT as text, or copied bytes when it is not UTF-8. */
  protected readText(): string | Buffer {
    const before = this.position;
    const length = this.readCount(1);
    const text = decodeUtf8(this.buffer, this.position, this.position + length);
    if (text === undefined) {
      this.position = before;
      return this.readBinary();
    }
    this.position += length;
    return text;
  }

  /** The rest of BIT_BINARY_EXT: a Buffer when the last byte is used fully. */
  protected readBits(): BitString | Buffer {
    const length = this.readCount(1);
    const bits = this.readUint8();
    if (bits > 8 || (bits === 0) !== (length === 0))
      throw this.invalid(`a bitstring has ${bits} bits in its last byte`);
    this.need(length);
    if (bits === 8 || bits === 0) return this.takeBytes(length);
    const start = this.position;
    this.position = start + length;
    return new BitString(this.buffer.subarray(start, this.position), bits);
  }
}
