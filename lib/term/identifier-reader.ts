import { ExportTerm } from './export.ts';
import { Pid } from './pid.ts';
import { Port } from './port.ts';
import { MAX_REFERENCE_WORDS, Reference } from './reference.ts';
import { ScalarReader } from './scalar-reader.ts';
import {
  EXPORT_EXT,
  NEW_PID_EXT,
  NEW_PORT_EXT,
  NEW_REFERENCE_EXT,
  NEWER_REFERENCE_EXT,
  PID_EXT,
  PORT_EXT,
  REFERENCE_EXT,
  V4_PORT_EXT,
} from './tags.ts';

/** The older forms of identifiers have a creation of two bits, */
const MAX_TINY_CREATION = 3;
/** and a first word of 18 bits in a reference. */
const MAX_OLD_REFERENCE_WORD = 0x3ffff;

/** Reads what names a process, a port, a reference or an exported function. */
export class IdentifierReader extends ScalarReader {
  /**
   * Reads a pid.
   *
   * @throws HiddenNodeError `decode_invalid` when the next term is none
   */
  readPid(): Pid {
    const tag = this.readUint8();
    if (tag !== NEW_PID_EXT && tag !== PID_EXT) throw this.invalid(`tag ${tag} is not that of a pid`);
    return this.readPidRest(tag === PID_EXT);
  }

  /**
   * Reads a reference.
   *
   * @throws HiddenNodeError `decode_invalid` when the next term is none
   */
  readReference(): Reference {
    const tag = this.readUint8();
    if (tag === NEWER_REFERENCE_EXT) return this.readNewReference(false);
    if (tag === NEW_REFERENCE_EXT) return this.readNewReference(true);
    if (tag === REFERENCE_EXT) return this.readOldReference();
    throw this.invalid(`tag ${tag} is not that of a reference`);
  }

  /** The rest of any identifier. */
  protected readIdentifier(tag: number): Pid | Port | Reference | ExportTerm {
    switch (tag) {
      case NEW_PID_EXT:
        return this.readPidRest(false);
      case NEWER_REFERENCE_EXT:
        return this.readNewReference(false);
      case EXPORT_EXT:
        return this.readExport();
      case NEW_PORT_EXT:
        return this.readPort(false);
      case V4_PORT_EXT:
        return this.readBigPort();
      case PID_EXT:
        return this.readPidRest(true);
      case PORT_EXT:
        return this.readPort(true);
      case REFERENCE_EXT:
        return this.readOldReference();
      case NEW_REFERENCE_EXT:
        return this.readNewReference(true);
      default:
        throw this.invalid(`tag ${tag} is not that of a term`);
    }
  }

  /** The rest of NEW_PID_EXT, or of PID_EXT when `old`. */
  private readPidRest(old: boolean): Pid {
    const node = this.readAtom();
    const id = this.readUint32();
    const serial = this.readUint32();
    return new Pid(node, id, serial, this.readCreation(old));
  }

  /** The rest of NEW_PORT_EXT, or of PORT_EXT when `old`. */
  private readPort(old: boolean): Port {
    const node = this.readAtom();
    const id = this.readUint32();
    return new Port(node, id, this.readCreation(old));
  }

  /** The rest of V4_PORT_EXT. */
  private readBigPort(): Port {
    const node = this.readAtom();
    this.need(8);
    const id = this.buffer.readBigUInt64BE(this.position);
    this.position += 8;
    return new Port(node, id, this.readUint32());
  }

  /** The rest of NEWER_REFERENCE_EXT, or of NEW_REFERENCE_EXT when `old`. */
  private readNewReference(old: boolean): Reference {
    const count = this.readUint16();
    if (count < 1 || count > MAX_REFERENCE_WORDS) throw this.invalid(`a reference has ${count} words`);
    const node = this.readAtom();
    const creation = this.readCreation(old);
    this.need(count * 4);
    const words = new Array<number>(count);
    for (let i = 0; i < count; i++) words[i] = this.readUint32();
    if (old && words[0] > MAX_OLD_REFERENCE_WORD) throw this.invalid('the first word of a reference exceeds 18 bits');
    return new Reference(node, creation, words);
  }

  /** The rest of REFERENCE_EXT. */
  private readOldReference(): Reference {
    const node = this.readAtom();
    const word = this.readUint32();
    if (word > MAX_OLD_REFERENCE_WORD) throw this.invalid('the word of a reference exceeds 18 bits');
    return new Reference(node, this.readCreation(true), [word]);
  }

  /** The rest of EXPORT_EXT. */
  private readExport(): ExportTerm {
    const module = this.readAtom();
    const name = this.readAtom();
    const arity = this.readSmallInteger();
    if (arity < 0 || arity > 255) throw this.invalid(`an exported function has the arity ${arity}`);
    return new ExportTerm(module, name, arity);
  }

  private readCreation(old: boolean): number {
    if (!old) return this.readUint32();
    const creation = this.readUint8();
    if (creation > MAX_TINY_CREATION) throw this.invalid(`a creation of two bits is ${creation}`);
    return creation;
  }
}
