import { HiddenNodeError } from '../errors.ts';
import type { Atom } from './atom.ts';
import { copyApart } from './copy-bytes.ts';
import { Pid } from './pid.ts';
import { TermObject } from './term-object.ts';
import { anAtom, wholeNumber } from './validate.ts';

/** The parts of a {@link FunctionTerm}, under the names of NEW_FUN_EXT. */
export interface FunctionParts<T = unknown> {
  /** The module that it is part of. */
  module: Atom;
  /** How many arguments it takes: 0 to 255. */
  arity: number;
  /** Its number in the module: 32 bits. */
  index: number;
  /** The MD5 of the module's significant parts: 16 bytes. */
  uniq: Uint8Array;
  /** Its number in the module's older function table: a signed 32-bit integer. */
  oldIndex: number;
  /** The hash of its parse tree: a signed 32-bit integer. */
  oldUniq: number;
  /** The process that made it. */
  pid: Pid;
  /** The values it closed over. */
  free: readonly T[];
}

/** A function value made by `fun ... end` (NEW_FUN_EXT). It can be kept and sent back; it cannot be called here. */
export class FunctionTerm<T = unknown> extends TermObject {
  /** The module that it is part of. */
  declare readonly module: Atom;
  /** How many arguments it takes. */
  declare readonly arity: number;
  /** Its number in the module. */
  declare readonly index: number;
  /** The MD5 of the module's significant parts. */
  declare readonly uniq: Buffer;
  /** Its number in the module's older function table. */
  declare readonly oldIndex: number;
  /** The hash of its parse tree. */
  declare readonly oldUniq: number;
  /** The process that made it. */
  declare readonly pid: Pid;
  /** The values it closed over. Not to be changed. */
  declare readonly free: readonly T[];

  /** @throws HiddenNodeError `invalid_argument` */
  constructor(parts: FunctionParts<T>) {
    super();
    this.module = anAtom('module', parts.module);
    this.arity = wholeNumber('arity', parts.arity, 255);
    this.index = wholeNumber('index', parts.index);
    this.uniq = md5(parts.uniq);
    this.oldIndex = int32('oldIndex', parts.oldIndex);
    this.oldUniq = int32('oldUniq', parts.oldUniq);
    if (!(parts.pid instanceof Pid)) throw new HiddenNodeError('invalid_argument', 'pid is a Pid');
    this.pid = parts.pid;
    this.free = parts.free;
  }
}

function md5(bytes: Uint8Array): Buffer {
  if (!(bytes instanceof Uint8Array) || bytes.length !== 16) {
    throw new HiddenNodeError('invalid_argument', 'uniq is 16 bytes');
  }
  return copyApart(bytes);
}

function int32(what: string, value: number): number {
  if ((value | 0) !== value) throw new HiddenNodeError('invalid_argument', `${what} is a signed 32-bit integer`);
  return value;
}
