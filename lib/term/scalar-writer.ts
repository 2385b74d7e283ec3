import type { Atom } from './atom.ts';
import { magnitudeBytes } from './bigint.ts';
import type { BitString } from './bitstring.ts';
import { ByteWriter } from './byte-writer.ts';
import { UNENCODABLE } from './encode-fault.ts';
import { float64, floatWords, HIGH, LOW } from './float-words.ts';
import { MAX_ATOM_CHARACTERS } from './limits.ts';
import {
  ATOM_UTF8_EXT,
  BINARY_EXT,
  BIT_BINARY_EXT,
  INTEGER_EXT,
  LARGE_BIG_EXT,
  NEW_FLOAT_EXT,
  SMALL_ATOM_UTF8_EXT,
  SMALL_BIG_EXT,
  SMALL_INTEGER_EXT,
} from './tags.ts';
import { countCodePoints, isWellFormed } from './utf8.ts';

/** Up to this many characters a loop over them is faster than a call into the runtime. */
const SHORT_TEXT = 24;

/** Bytes of UTF-8. */
const LONGEST_CHARACTER = 4;

/** Numbers in a list are written up to this many at a time, for which there is room of at most a kilobyte. */
const NUMBER_RUN = 100;

/** For fewer floats it does not pay to make a view. */
const FLOAT_RUN = 8;

/** Bytes of a SMALL_BIG_EXT that holds a safe integer. */
const LONGEST_NUMBER = 10;

const MAX_BINARY_BYTES = 0xffff_ffff;

/** Writes the terms that hold no other terms: numbers, text, binaries, atoms. */
export class ScalarWriter extends ByteWriter {
  /** A JavaScript number: an integer when it is a safe one, a float otherwise. */
  protected writeNumber(value: number): void {
    const int = value | 0;
    if (int === value) this.writeInt32(int);
    else this.writeWide(value);
  }

  /** SMALL_INTEGER_EXT or INTEGER_EXT. */
  protected writeInt32(value: number): void {
    if ((value & 0xff) !== value) {
      this.writeTagged32(INTEGER_EXT, value);
      return;
    }
    this.ensure(2);
    const { buffer, offset } = this;
    buffer[offset] = SMALL_INTEGER_EXT;
    buffer[offset + 1] = value;
    this.offset = offset + 2;
  }

  /** Writes the number at `from` and, because lists of them are common, the numbers after it; returns where they ended. */
  protected writeNumbers(elements: readonly unknown[], from: number): number {
    const end = Math.min(elements.length, from + NUMBER_RUN);
    this.ensure((end - from) * LONGEST_NUMBER);
    const { buffer } = this;
    let { offset } = this;
    let view: DataView | undefined;
    let i = from;
    for (; i < end; i++) {
      const value = elements[i];
      if (typeof value !== 'number') break;
      if ((value | 0) !== value) {
        if (i + FLOAT_RUN < end && typeof elements[i + 1] === 'number')
          view ??= new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
        if (view !== undefined && !Number.isInteger(value) && Number.isFinite(value)) {
          buffer[offset] = NEW_FLOAT_EXT;
          view.setFloat64(offset + 1, value);
          offset += 9;
        } else {
          this.offset = offset;
          this.writeWide(value);
          offset = this.offset;
        }
      } else if ((value & 0xff) === value) {
        buffer[offset] = SMALL_INTEGER_EXT;
        buffer[offset + 1] = value;
        offset += 2;
      } else {
        buffer[offset] = INTEGER_EXT;
        buffer[offset + 1] = value >> 24;
        buffer[offset + 2] = value >> 16;
        buffer[offset + 3] = value >> 8;
        buffer[offset + 4] = value;
        offset += 5;
      }
    }
    this.offset = offset;
    return i;
  }

  /** A number that is no integer of 32 bits. */
  private writeWide(value: number): void {
    if (Number.isSafeInteger(value)) this.writeSafeInteger(value);
    else this.writeFloat(value);
  }

  /** SMALL_BIG_EXT of an integer of 32 to 53 bits that INTEGER_EXT cannot hold. */
  private writeSafeInteger(value: number): void {
    this.ensure(10);
    const { buffer, offset } = this;
    const size = Math.abs(value);
    const low = size >>> 0;
    buffer[offset + 3] = low;
    buffer[offset + 4] = low >>> 8;
    buffer[offset + 5] = low >>> 16;
    buffer[offset + 6] = low >>> 24;
    let end = offset + 7;
    for (let high = (size - low) / 0x1_0000_0000; high > 0; high >>>= 8) buffer[end++] = high;
    buffer[offset] = SMALL_BIG_EXT;
    buffer[offset + 1] = end - offset - 3;
    buffer[offset + 2] = value < 0 ? 1 : 0;
    this.offset = end;
  }

  /** An integer of any size: SMALL_BIG_EXT or LARGE_BIG_EXT above 32 bits. */
  protected writeBigint(value: bigint): void {
    if (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER) {
      this.writeNumber(Number(value));
      return;
    }
    const bytes = magnitudeBytes(value);
    if (bytes === undefined) throw UNENCODABLE;
    if (bytes.length < 256) {
      this.writeUint8(SMALL_BIG_EXT);
      this.writeUint8(bytes.length);
    } else {
      this.writeTagged32(LARGE_BIG_EXT, bytes.length);
    }
    this.writeUint8(value < 0n ? 1 : 0);
    this.writeBytes(bytes);
  }

  /** NEW_FLOAT_EXT. */
  protected writeFloat(value: number): void {
    if (!Number.isFinite(value)) throw UNENCODABLE;
    this.ensure(9);
    const { buffer, offset } = this;
    float64[0] = value;
    const high = floatWords[HIGH];
    const low = floatWords[LOW];
    buffer[offset] = NEW_FLOAT_EXT;
    buffer[offset + 1] = high >>> 24;
    buffer[offset + 2] = high >>> 16;
    buffer[offset + 3] = high >>> 8;
    buffer[offset + 4] = high;
    buffer[offset + 5] = low >>> 24;
    buffer[offset + 6] = low >>> 16;
    buffer[offset + 7] = low >>> 8;
    buffer[offset + 8] = low;
    this.offset = offset + 9;
  }

  /** ATOM_UTF8_EXT or SMALL_ATOM_UTF8_EXT. */
  protected writeAtom(value: Atom): void {
    this.writeBytes(value.bytes);
  }

  /** The atom of a property's name, without looking for its {@link Atom}. */
  protected writeAtomName(name: string): void {
    const length = name.length;
    if (length > SHORT_TEXT || !this.writeShortAtom(name, length)) this.writeLongAtom(name);
  }

  private writeShortAtom(name: string, length: number): boolean {
    this.ensure(2 + length);
    const { buffer, offset } = this;
    for (let i = 0; i < length; i++) {
      const code = name.charCodeAt(i);
      if (code > 0x7f) return false;
      buffer[offset + 2 + i] = code;
    }
    buffer[offset] = SMALL_ATOM_UTF8_EXT;
    buffer[offset + 1] = length;
    this.offset = offset + 2 + length;
    return true;
  }

  private writeLongAtom(name: string): void {
    if (countCodePoints(name, MAX_ATOM_CHARACTERS) > MAX_ATOM_CHARACTERS || !isWellFormed(name)) throw UNENCODABLE;
    const text = Buffer.from(name, 'utf8');
    if (text.length > 255) {
      this.writeUint8(ATOM_UTF8_EXT);
      this.writeUint8(text.length >> 8);
    } else {
      this.writeUint8(SMALL_ATOM_UTF8_EXT);
    }
    this.writeUint8(text.length);
    this.writeBytes(text);
  }

  /** BINARY_EXT of a string's UTF-8. */
  protected writeString(value: string): void {
    const length = value.length;
    if (length > SHORT_TEXT || !this.writeShortString(value, length)) this.writeLongString(value);
  }

  private writeShortString(value: string, length: number): boolean {
    this.ensure(5 + length);
    const { buffer, offset } = this;
    const start = offset + 5;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) return false;
      buffer[start + i] = code;
    }
    buffer[offset] = BINARY_EXT;
    buffer[offset + 1] = 0;
    buffer[offset + 2] = 0;
    buffer[offset + 3] = 0;
    buffer[offset + 4] = length;
    this.offset = start + length;
    return true;
  }

  private writeLongString(value: string): void {
    if (!isWellFormed(value)) throw UNENCODABLE;
    this.ensure(5 + value.length);
    let length = this.buffer.write(value, this.offset + 5);
    // When there was room for one more character of any size, all of them were written.
    if (this.offset + 5 + length + LONGEST_CHARACTER > this.buffer.length) {
      length = Buffer.byteLength(value, 'utf8');
      this.ensure(5 + length);
      this.buffer.write(value, this.offset + 5);
    }
    this.writeTagged32(BINARY_EXT, length);
    this.offset += length;
  }

  /** BINARY_EXT. */
  protected writeBinary(value: Uint8Array): void {
    if (value.length > MAX_BINARY_BYTES) throw UNENCODABLE;
    this.writeTagged32(BINARY_EXT, value.length);
    this.writeBytes(value);
  }

  /** BIT_BINARY_EXT. */
  protected writeBitString(value: BitString): void {
    this.writeTagged32(BIT_BINARY_EXT, value.bytes.length);
    this.writeUint8(value.bits);
    this.writeBytes(value.bytes);
  }
}
