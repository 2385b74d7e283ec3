import { IdentifierReader } from './identifier-reader.ts';
import {
  ATOM_EXT,
  ATOM_UTF8_EXT,
  BINARY_EXT,
  BIT_BINARY_EXT,
  EXPORT_EXT,
  FLOAT_EXT,
  INTEGER_EXT,
  LARGE_BIG_EXT,
  LARGE_TUPLE_EXT,
  LIST_EXT,
  MAP_EXT,
  NEW_FLOAT_EXT,
  NEW_FUN_EXT,
  NEW_PID_EXT,
  NEW_PORT_EXT,
  NEW_REFERENCE_EXT,
  NEWER_REFERENCE_EXT,
  NIL_EXT,
  PID_EXT,
  PORT_EXT,
  REFERENCE_EXT,
  SMALL_ATOM_EXT,
  SMALL_ATOM_UTF8_EXT,
  SMALL_BIG_EXT,
  SMALL_INTEGER_EXT,
  SMALL_TUPLE_EXT,
  STRING_EXT,
  V4_PORT_EXT,
} from './tags.ts';

/** Passes over terms without building them. */
export class SkippingReader extends IdentifierReader {
  /**
   * Passes over one term. It looks only at what tells where the term ends, so bytes that {@link Decoder.readTerm} refuses may
   * pass here. Neither stack nor memory grows with the nesting.
   *
   * @throws HiddenNodeError `decode_truncated`, `decode_invalid`
   */
  skipTerm(): void {
    let terms = 1;
    while (terms > 0) {
      // Each term still to come takes at least one byte.
      this.need(terms);
      terms += this.skipOne(this.readUint8()) - 1;
    }
  }

  /** Passes over what a tag says, up to the terms inside, and returns how many of those follow. */
  private skipOne(tag: number): number {
    switch (tag) {
      case SMALL_TUPLE_EXT:
        return this.readUint8();
      case LARGE_TUPLE_EXT:
        return this.readCount(1);
      case LIST_EXT:
        return this.readCount(1) + 1;
      case MAP_EXT:
        return this.readCount(2) * 2;
      case EXPORT_EXT:
        return 3;
      default:
        this.skipBytes(this.flatSize(tag));
        return 0;
    }
  }

  /** How many bytes follow the tag of a term that holds no others. */
  private flatSize(tag: number): number {
    switch (tag) {
      case SMALL_INTEGER_EXT:
        return 1;
      case INTEGER_EXT:
        return 4;
      case NEW_FLOAT_EXT:
        return 8;
      case FLOAT_EXT:
        return 31;
      case SMALL_ATOM_UTF8_EXT:
      case SMALL_ATOM_EXT:
        return this.readUint8();
      case ATOM_UTF8_EXT:
      case ATOM_EXT:
      case STRING_EXT:
        return this.readUint16();
      case BINARY_EXT:
        return this.readUint32();
      case BIT_BINARY_EXT:
      case LARGE_BIG_EXT:
        return this.readUint32() + 1;
      case SMALL_BIG_EXT:
        return this.readUint8() + 1;
      case NEW_FUN_EXT:
        return this.readFunctionSize() - 4;
      case NIL_EXT:
        return 0;
      default:
        return this.skipIdentifier(tag);
    }
  }

  /** Passes over the node of an identifier and returns how many bytes follow it. */
  private skipIdentifier(tag: number): number {
    const words = tag === NEW_REFERENCE_EXT || tag === NEWER_REFERENCE_EXT ? this.readUint16() : 0;
    const size = identifierSize(tag, words);
    if (size === undefined) throw this.invalid(`tag ${tag} is not that of a term`);
    this.readAtom();
    return size;
  }

  /** Reads the size of NEW_FUN_EXT, which counts itself. */
  protected readFunctionSize(): number {
    const size = this.readUint32();
    if (size < 4) throw this.invalid(`a fun claims a size of ${size} bytes`);
    this.need(size - 4);
    return size;
  }

  protected skipBytes(count: number): void {
    this.need(count);
    this.position += count;
  }
}

/** The bytes after the node of an identifier, or undefined for any other tag. */
function identifierSize(tag: number, words: number): number | undefined {
  switch (tag) {
    case NEW_PID_EXT:
    case V4_PORT_EXT:
      return 12;
    case PID_EXT:
      return 9;
    case NEW_PORT_EXT:
      return 8;
    case PORT_EXT:
    case REFERENCE_EXT:
      return 5;
    case NEWER_REFERENCE_EXT:
      return 4 + words * 4;
    case NEW_REFERENCE_EXT:
      return 1 + words * 4;
    default:
      return undefined;
  }
}
