import type { Atom } from './atom.ts';
import { TermObject } from './term-object.ts';
import { anAtom, wholeNumber } from './validate.ts';

/** An exported function, `fun module:function/arity` (EXPORT_EXT). */
export class ExportTerm extends TermObject {
  /** The module's name. */
  declare readonly module: Atom;
  /** The function's name. */
  declare readonly function: Atom;
  /** How many arguments it takes. */
  declare readonly arity: number;

  /**
   * @param module - the module's name
   * @param name - the function's name
   * @param arity - 0 to 255
   * @throws HiddenNodeError `invalid_argument`
   */
  constructor(module: Atom, name: Atom, arity: number) {
    super();
    this.module = anAtom('module', module);
    this.function = anAtom('function', name);
    this.arity = wholeNumber('arity', arity, 255);
  }
}
