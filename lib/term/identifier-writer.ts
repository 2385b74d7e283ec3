import type { ExportTerm } from './export.ts';
import type { Pid } from './pid.ts';
import type { Port } from './port.ts';
import type { Reference } from './reference.ts';
import { ScalarWriter } from './scalar-writer.ts';
import { EXPORT_EXT, NEW_PID_EXT, NEW_PORT_EXT, NEWER_REFERENCE_EXT, SMALL_INTEGER_EXT, V4_PORT_EXT } from './tags.ts';

/** NEW_PORT_EXT holds 28 bits. */
const MAX_SMALL_PORT_ID = 0x0fff_ffff;

/** Writes what names a process, a port, a reference or an exported function. */
export class IdentifierWriter extends ScalarWriter {
  /** NEW_PID_EXT. */
  protected writePid(pid: Pid): void {
    this.writeUint8(NEW_PID_EXT);
    this.writeAtom(pid.node);
    this.writeUint32(pid.id);
    this.writeUint32(pid.serial);
    this.writeUint32(pid.creation);
  }

  /** NEW_PORT_EXT where it can be, because OTP 23 does not know V4_PORT_EXT. */
  protected writePort(port: Port): void {
    if (port.id <= MAX_SMALL_PORT_ID) {
      this.writeUint8(NEW_PORT_EXT);
      this.writeAtom(port.node);
      this.writeUint32(Number(port.id));
    } else {
      this.writeUint8(V4_PORT_EXT);
      this.writeAtom(port.node);
      this.ensure(8);
      this.offset = this.buffer.writeBigUInt64BE(BigInt(port.id), this.offset);
    }
    this.writeUint32(port.creation);
  }

  /** NEWER_REFERENCE_EXT. */
  protected writeReference(reference: Reference): void {
    const { words } = reference;
    this.ensure(3);
    this.buffer[this.offset++] = NEWER_REFERENCE_EXT;
    this.buffer[this.offset++] = 0;
    this.buffer[this.offset++] = words.length;
    this.writeAtom(reference.node);
    this.writeUint32(reference.creation);
    for (let i = 0; i < words.length; i++) this.writeUint32(words[i]);
  }

  /** EXPORT_EXT, whose arity is always a SMALL_INTEGER_EXT. */
  protected writeExport(value: ExportTerm): void {
    this.writeUint8(EXPORT_EXT);
    this.writeAtom(value.module);
    this.writeAtom(value.function);
    this.writeUint8(SMALL_INTEGER_EXT);
    this.writeUint8(value.arity);
  }
}
