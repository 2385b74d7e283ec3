import { HiddenNodeError } from '../errors.ts';
import { TermObject } from './term-object.ts';
import { isWellFormed } from './utf8.ts';

/** Text that encodes as a list of code points, Erlang's classic string. It decodes to an array of numbers. */
export class Charlist extends TermObject {
  /** The characters. */
  declare readonly text: string;

  /** @throws HiddenNodeError `invalid_argument` for a lone surrogate */
  constructor(text: string) {
    super();
    if (typeof text !== 'string' || !isWellFormed(text)) {
      throw new HiddenNodeError('invalid_argument', 'a charlist is made of text without lone surrogates');
    }
    this.text = text;
  }

  /** The code points: what an Erlang process sees. */
  toArray(): number[] {
    return Array.from(this.text, (character) => character.codePointAt(0)!);
  }
}

/**
 * Text as a list of code points, for Erlang functions that want a `string()`.
 *
 * @throws HiddenNodeError `invalid_argument` for a lone surrogate
 */
export function charlist(text: string): Charlist {
  return new Charlist(text);
}
