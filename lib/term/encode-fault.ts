import { HiddenNodeError } from '../errors.ts';
import { Atom, isAtomName } from './atom.ts';
import { magnitudeBytes } from './bigint.ts';
import { FunctionTerm } from './fun.ts';
import { ImproperList } from './list.ts';
import { isPlainObject } from './plain-object.ts';
import { isStackOverflow } from './stack-overflow.ts';
import { TermObject } from './term-object.ts';
import { Tuple } from './tuple.ts';
import { isWellFormed } from './utf8.ts';

/**
 * What the encoder throws inside when it meets something that is no term. It keeps no path, so that encoding stays fast; the path
 * is found afterwards by walking the value once more.
 */
export const UNENCODABLE = new Error('no term');

/** The coded error for a value that could not be encoded. */
export function explainFault(root: unknown, maxDepth: number): HiddenNodeError {
  try {
    const fault = new FaultFinder(maxDepth).find(root, []);
    if (fault !== undefined) return fault;
  } catch (error) {
    if (!isStackOverflow(error)) throw error;
  }
  return tooDeep('', maxDepth);
}

/** How much of a path an error shows, in characters. */
const LONGEST_PATH = 200;

function tooDeep(path: string, maxDepth: number): HiddenNodeError {
  return new HiddenNodeError('term_too_deep', `the term${place(path)} is nested deeper than ${maxDepth}`, {
    maxDepth,
    path: shortened(path),
  });
}

function notATerm(kind: string, path: string[]): HiddenNodeError {
  const at = path.join('');
  return new HiddenNodeError('not_a_term', `${kind}${place(at)} has no Erlang term`, { kind, path: shortened(at) });
}

/** A path is for people, and a deep one is of no use to them. */
function shortened(path: string): string {
  return path.length > LONGEST_PATH ? `${path.slice(0, LONGEST_PATH)}...` : path;
}

function place(path: string): string {
  if (path === '') return '';
  return ` at ${shortened(path)}`;
}

/** Walks a value as the encoder does and stops at what the encoder stopped at. */
class FaultFinder {
  readonly #maxDepth: number;
  readonly #ancestors = new Set<unknown>();

  constructor(maxDepth: number) {
    this.#maxDepth = maxDepth;
  }

  find(value: unknown, path: string[]): HiddenNodeError | undefined {
    const kind = faultOf(value);
    if (kind !== undefined) return notATerm(kind, path);
    if (typeof value !== 'object' || value === null) return undefined;
    const children = childrenOf(value);
    if (children === undefined) return undefined;
    if (this.#ancestors.has(value)) return notATerm('a cycle', path);
    this.#ancestors.add(value);
    for (const [step, child, missing] of children) {
      if (this.#ancestors.size > this.#maxDepth) return tooDeep(path.join(''), this.#maxDepth);
      path.push(step);
      const fault = missing ? notATerm(missing, path) : this.find(child, path);
      if (fault !== undefined) return fault;
      path.pop();
    }
    this.#ancestors.delete(value);
    return undefined;
  }
}

/** The kind of a value that has no term by itself, or undefined. */
function faultOf(value: unknown): string | undefined {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? undefined : String(value);
    case 'string':
      return isWellFormed(value) ? undefined : 'a string with a lone surrogate';
    case 'bigint':
      return magnitudeBytes(value) === undefined ? 'an integer of too many bits' : undefined;
    case 'function':
    case 'symbol':
      return `a ${typeof value}`;
    case 'object':
      return value === null || isTermObject(value) ? undefined : `an instance of ${className(value)}`;
    default:
      return undefined;
  }
}

function isTermObject(value: object): boolean {
  if (value instanceof TermObject || Array.isArray(value) || value instanceof Map) return true;
  return value instanceof Uint8Array || isPlainObject(value);
}

function className(value: object): string {
  const name = value.constructor?.name;
  return typeof name === 'string' && name !== '' ? name : 'an unnamed class';
}

/** One step down: how the path names it, the value there, and what is wrong with the step itself, if anything. */
type Child = [step: string, child: unknown, fault?: string];

function childrenOf(value: object): (Iterator<Child> & Iterable<Child>) | undefined {
  if (value instanceof Atom || value instanceof Uint8Array) return undefined;
  if (Array.isArray(value)) return elements(value, '');
  if (value instanceof Tuple) return elements(value.elements, '');
  if (value instanceof ImproperList) return improper(value);
  if (value instanceof FunctionTerm) return elements(value.free, '.free');
  if (value instanceof Map) return entries(value);
  return value instanceof TermObject ? undefined : properties(value as Record<string, unknown>);
}

function* elements(array: readonly unknown[], prefix: string): Generator<Child> {
  for (let i = 0; i < array.length; i++) {
    if (i in array) yield [`${prefix}[${i}]`, array[i]];
    else yield [`${prefix}[${i}]`, undefined, 'a hole'];
  }
}

function* improper(list: ImproperList): Generator<Child> {
  yield* elements(list.elements, '.elements');
  yield ['.tail', list.tail];
}

function* entries(map: Map<unknown, unknown>): Generator<Child> {
  let i = 0;
  for (const [key, value] of map) {
    yield [`.keys()[${i}]`, key];
    yield [`.values()[${i}]`, value];
    i++;
  }
}

function* properties(object: Record<string, unknown>): Generator<Child> {
  for (const name of Object.keys(object)) {
    const step = /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
    if (isAtomName(name)) yield [step, object[name]];
    else yield [step, undefined, 'a property whose name is no atom'];
  }
}
