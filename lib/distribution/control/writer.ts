/** How control messages are written: a tuple of the operation number and its arguments. */
import { type Atom, atom } from '../../term/atom.ts';
import type { EncodableTerm } from '../../term/term.ts';
import { Tuple } from '../../term/tuple.ts';
import type { FrameWriter } from '../frame-writer.ts';

/** The atom `''`, which stands where older protocols had the cookie. */
export const EMPTY_ATOM: Atom = atom('');

export function writeControl(writer: FrameWriter, ...control: EncodableTerm[]): void {
  writer.writeTerm(new Tuple(control));
}

/** What follows the control message. */
export function writePayload(writer: FrameWriter, payload: EncodableTerm): void {
  writer.beginPayload();
  writer.writeTerm(payload);
}
