import { TermObject } from './term-object.ts';

/**
 * An Erlang tuple (SMALL_TUPLE_EXT, LARGE_TUPLE_EXT). `T` lists the types of its elements.
 *
 * @example
 * const [tag, value] = tuple(atom('ok'), 42).elements;
 */
export class Tuple<T extends readonly unknown[] = readonly unknown[]> extends TermObject {
  /** The elements, first to last. Not to be changed. */
  declare readonly elements: T;

  /** @param elements - kept, not copied */
  constructor(elements: T) {
    super();
    this.elements = elements;
  }

  /** The arity of the tuple. */
  get length(): T['length'] {
    return this.elements.length;
  }

  /** Iterates over the elements, so that a tuple can be destructured. */
  [Symbol.iterator](): IterableIterator<T[number]> {
    return this.elements[Symbol.iterator]();
  }
}

/** A tuple of the arguments. */
export function tuple<T extends readonly unknown[]>(...elements: T): Tuple<T> {
  return new Tuple(elements);
}
