import { HiddenNodeError } from '../errors.ts';
import type { Atom } from './atom.ts';
import { TermObject } from './term-object.ts';
import { anAtom, wholeNumber } from './validate.ts';

/** The most words of a reference: Erlang's own limit since OTP 24. */
export const MAX_REFERENCE_WORDS = 5;

/** A reference (NEWER_REFERENCE_EXT; the two older forms are read as well). */
export class Reference extends TermObject {
  /** The name of the node that made it. */
  declare readonly node: Atom;
  /** Which incarnation of the node it belongs to. */
  declare readonly creation: number;
  /** One to five words of 32 bits, in the order of the external format. Not to be changed. */
  declare readonly words: readonly number[];

  /**
   * @param node - the node's name
   * @param creation - 32 bits
   * @param words - one to five words of 32 bits; kept, not copied
   * @throws HiddenNodeError `invalid_argument`
   */
  constructor(node: Atom, creation: number, words: readonly number[]) {
    super();
    if (words.length < 1 || words.length > MAX_REFERENCE_WORDS) {
      throw new HiddenNodeError('invalid_argument', `a reference has 1 to ${MAX_REFERENCE_WORDS} words`, {
        words: words.length,
      });
    }
    for (let i = 0; i < words.length; i++) wholeNumber('word', words[i]);
    this.node = anAtom('node', node);
    this.creation = wholeNumber('creation', creation);
    this.words = words;
  }
}
