import { HiddenNodeError } from '../errors.ts';
import { Atom } from './atom.ts';

/** `value` when it is a whole number in `[0, limit]`; throws `invalid_argument` naming `what` otherwise. */
export function wholeNumber(what: string, value: number, limit = 0xffff_ffff): number {
  if (!(Number.isInteger(value) && value >= 0 && value <= limit)) {
    throw new HiddenNodeError('invalid_argument', `${what} is a whole number from 0 to ${limit}`, { [what]: value });
  }
  return value;
}

/** `value` when it is an {@link Atom}; throws `invalid_argument` naming `what` otherwise. */
export function anAtom(what: string, value: Atom): Atom {
  if (!(value instanceof Atom)) throw new HiddenNodeError('invalid_argument', `${what} is an Atom`);
  return value;
}
