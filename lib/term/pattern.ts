import { HiddenNodeError } from '../errors.ts';
import { atom, isAtomName } from './atom.ts';
import { equals, findEntry } from './equals.ts';
import { ImproperList } from './list.ts';
import { isPlainObject } from './plain-object.ts';
import { isStackOverflow } from './stack-overflow.ts';
import type { EncodableTerm } from './term.ts';
import { Tuple } from './tuple.ts';

class AnyTerm {
  declare private readonly isAny: true;
}

/** Stands for any term inside a pattern: Erlang's `_`. It is no term itself. */
export const ANY: AnyTerm = new AnyTerm();

/** A term in which {@link ANY} may stand for any part. */
export type Pattern =
  | AnyTerm
  | EncodableTerm
  | Tuple<readonly Pattern[]>
  | readonly Pattern[]
  | ImproperList<Pattern>
  | ReadonlyMap<EncodableTerm, Pattern>
  | { readonly [key: string]: Pattern };

/**
 * True when a term has the shape of a pattern, as in Erlang:
 * - {@link ANY} matches every term;
 * - a tuple, list or improper list matches one of the same length whose elements match;
 * - a map or a plain object (whose names are atoms) matches a map that has its keys with values that match, and perhaps more;
 * - everything else matches what it {@link equals}.
 *
 * @example matches(tuple(atom('ok'), ANY), message)
 * @throws HiddenNodeError `term_too_deep`
 */
export function matches(pattern: Pattern, term: unknown): boolean {
  try {
    return matchesAny(pattern, term);
  } catch (error) {
    if (!isStackOverflow(error)) throw error;
    throw new HiddenNodeError('term_too_deep', 'the pattern is nested too deeply');
  }
}

function matchesAny(pattern: unknown, term: unknown): boolean {
  if (pattern === ANY) return true;
  if (pattern instanceof Tuple) return term instanceof Tuple && matchesAll(pattern.elements, term.elements);
  if (Array.isArray(pattern) && Array.isArray(term)) return matchesAll(pattern, term);
  if (pattern instanceof ImproperList) return term instanceof ImproperList && matchesImproper(pattern, term);
  if (pattern instanceof Map) return term instanceof Map && matchesEntries(pattern, term);
  if (typeof pattern === 'object' && pattern !== null && isPlainObject(pattern)) {
    return term instanceof Map && matchesEntries(atomKeys(pattern), term);
  }
  return equals(pattern, term);
}

function matchesImproper(pattern: ImproperList, term: ImproperList): boolean {
  return matchesAll(pattern.elements, term.elements) && matchesAny(pattern.tail, term.tail);
}

function matchesAll(patterns: readonly unknown[], terms: readonly unknown[]): boolean {
  if (patterns.length !== terms.length) return false;
  for (let i = 0; i < patterns.length; i++) if (!matchesAny(patterns[i], terms[i])) return false;
  return true;
}

function* atomKeys(object: object): Generator<[key: unknown, pattern: unknown]> {
  for (const [name, pattern] of Object.entries(object)) yield [isAtomName(name) ? atom(name).term : name, pattern];
}

function matchesEntries(patterns: Iterable<[unknown, unknown]>, term: ReadonlyMap<unknown, unknown>): boolean {
  for (const [key, pattern] of patterns) {
    const found = findEntry(term, key);
    if (found === undefined || !matchesAny(pattern, found.value)) return false;
  }
  return true;
}
