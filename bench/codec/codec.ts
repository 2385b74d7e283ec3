/** What is measured: a codec, and the values that its users would give it. */
import { isDeepStrictEqual } from 'node:util';
import { Atom, decode, type EncodableTerm, equals, Tuple } from 'hidden-node';

/** One column of the table. */
export interface Codec {
  readonly name: string;
  /** True when its bytes are the very term for Erlang, which is then checked too. */
  readonly erlang: boolean;
  /** What a user of this codec has in place of the term. */
  from(term: EncodableTerm): unknown;
  encode(value: unknown): Uint8Array;
  decode(bytes: Uint8Array): unknown;
  /** What a decoded value says, in plain values: text for binaries and atoms, arrays for tuples, objects for maps. */
  plain(value: unknown): unknown;
}

/** A term as a program without Erlang would have it: atoms and text are strings, tuples arrays, maps objects, binaries Buffers. */
export function plainTerm(term: unknown): unknown {
  if (typeof term !== 'object' || term === null || term instanceof Uint8Array) return term;
  if (term instanceof Atom) return term.name;
  if (term instanceof Tuple) return term.elements.map(plainTerm);
  if (Array.isArray(term)) return term.map(plainTerm);
  const entries = term instanceof Map ? [...term] : Object.entries(term);
  return Object.fromEntries(entries.map(([key, value]) => [String(plainTerm(key)), plainTerm(value)]));
}

/** The same, with text in place of Buffers, which some codecs give for it. */
export function plainText(value: unknown): unknown {
  return textOf(plainTerm(value));
}

function textOf(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (Array.isArray(value)) return value.map(textOf);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, textOf(inner)]));
}

/** What is wrong with how a codec carries a term, or undefined. */
export function faultOf(codec: Codec, term: EncodableTerm): string | undefined {
  try {
    const value = codec.from(term);
    // A copy, because some codecs use their buffer again.
    const bytes = Buffer.from(codec.encode(value));
    if (!isDeepStrictEqual(codec.plain(codec.decode(bytes)), codec.plain(value))) return 'it decodes to something else';
    return codec.erlang && !equals(decode(bytes), term) ? 'it encodes to another term' : undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
