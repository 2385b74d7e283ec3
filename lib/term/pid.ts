import type { Atom } from './atom.ts';
import { TermObject } from './term-object.ts';
import { anAtom, wholeNumber } from './validate.ts';

/** A process identifier (NEW_PID_EXT; PID_EXT is read as well). */
export class Pid extends TermObject {
  /** The name of the node that the process runs on. */
  declare readonly node: Atom;
  /** The low 32 bits of the number of the process; those before OTP 24 use 15. */
  declare readonly id: number;
  /** The high 32 bits of the number of the process; those before OTP 24 use 13. */
  declare readonly serial: number;
  /** Which incarnation of the node it belongs to. */
  declare readonly creation: number;

  /**
   * @param node - the node's name
   * @param id - 32 bits
   * @param serial - 32 bits
   * @param creation - 32 bits
   * @throws HiddenNodeError `invalid_argument`
   */
  constructor(node: Atom, id: number, serial: number, creation: number) {
    super();
    this.node = anAtom('node', node);
    this.id = wholeNumber('id', id);
    this.serial = wholeNumber('serial', serial);
    this.creation = wholeNumber('creation', creation);
  }
}
