import { HiddenNodeError } from '../errors.ts';
import { Charlist } from './charlist.ts';
import { TermObject } from './term-object.ts';

/** A list whose last tail is no list, such as `[a|b]` (LIST_EXT with a tail that is not NIL_EXT). */
export class ImproperList<T = unknown> extends TermObject {
  /** What comes before the bar: at least one element. */
  declare readonly elements: readonly T[];
  /** What comes after the bar: never a list. */
  declare readonly tail: T;

  /**
   * @param elements - kept, not copied
   * @param tail - any term but a list
   * @throws HiddenNodeError `invalid_argument`
   */
  constructor(elements: readonly T[], tail: T) {
    super();
    if (elements.length === 0) throw new HiddenNodeError('invalid_argument', 'an improper list has an element');
    if (Array.isArray(tail) || tail instanceof ImproperList || tail instanceof Charlist) {
      throw new HiddenNodeError('invalid_argument', 'the tail of an improper list is no list');
    }
    this.elements = elements;
    this.tail = tail;
  }
}

/**
 * The improper list `[...elements | tail]`.
 *
 * @throws HiddenNodeError `invalid_argument` when there is no element or the tail is a list
 */
export function improperList<T>(elements: readonly T[], tail: T): ImproperList<T> {
  return new ImproperList(elements, tail);
}
