import { HiddenNodeError } from '../errors.ts';
import type { Atom } from './atom.ts';
import { TermObject } from './term-object.ts';
import { anAtom, wholeNumber } from './validate.ts';

const MAX_PORT_ID = 0xffff_ffff_ffff_ffffn;

/** A port identifier (V4_PORT_EXT, or NEW_PORT_EXT when the id fits its 28 bits, so that OTP 23 can read it). */
export class Port extends TermObject {
  /** The name of the node that owns the port. */
  declare readonly node: Atom;
  /** A number when it is a safe integer, a bigint otherwise. */
  declare readonly id: number | bigint;
  /** Which incarnation of the node it belongs to. */
  declare readonly creation: number;

  /**
   * @param node - the node's name
   * @param id - 64 bits
   * @param creation - 32 bits
   * @throws HiddenNodeError `invalid_argument`
   */
  constructor(node: Atom, id: number | bigint, creation: number) {
    super();
    this.node = anAtom('node', node);
    this.id = portId(id);
    this.creation = wholeNumber('creation', creation);
  }
}

function portId(id: number | bigint): number | bigint {
  const whole = typeof id === 'bigint' || Number.isSafeInteger(id);
  if (!whole || id < 0 || id > MAX_PORT_ID) {
    throw new HiddenNodeError('invalid_argument', 'the id of a port is a whole number of 64 bits', { id });
  }
  return id <= Number.MAX_SAFE_INTEGER ? Number(id) : id;
}
