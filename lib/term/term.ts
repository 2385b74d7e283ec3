import type { Atom } from './atom.ts';
import type { BitString } from './bitstring.ts';
import type { Charlist } from './charlist.ts';
import type { ExportTerm } from './export.ts';
import type { Float } from './float.ts';
import type { FunctionTerm } from './fun.ts';
import type { ImproperList } from './list.ts';
import type { Pid } from './pid.ts';
import type { Port } from './port.ts';
import type { Reference } from './reference.ts';
import type { Tuple } from './tuple.ts';

/** What holds no other terms and is the same in both directions. */
type Plain =
  | number
  | bigint
  | boolean
  | undefined
  | null
  | string
  | Atom
  | Float
  | BitString
  | Pid
  | Port
  | Reference
  | ExportTerm;

/**
 * What an Erlang term decodes to.
 *
 * | Erlang | JavaScript |
 * |---|---|
 * | integer | `number` when it is a safe integer, else `bigint` |
 * | float | `number`; {@link Float} with `floats: 'exact'` and inside map keys |
 * | `true`, `false`, `undefined`, `nil` | `true`, `false`, `undefined`, `null` |
 * | any other atom | {@link Atom} |
 * | binary | `Buffer`; `string` for valid UTF-8 with `binaries: 'utf8'` |
 * | bitstring of partial bytes | {@link BitString} |
 * | list, improper list | `Array`, {@link ImproperList} |
 * | tuple | {@link Tuple} |
 * | map | `Map` |
 * | pid, port, reference, fun, `fun m:f/a` | {@link Pid}, {@link Port}, {@link Reference}, {@link FunctionTerm}, {@link ExportTerm} |
 */
export type Term =
  | Plain
  | Buffer
  | Tuple<readonly Term[]>
  | Term[]
  | ImproperList<Term>
  | Map<Term, Term>
  | FunctionTerm<Term>;

/**
 * What can be encoded: every {@link Term}, and
 * - a `number` that is a safe integer as an integer, any other finite `number` as a float;
 * - a `string` as a binary of its UTF-8, any `Uint8Array` as a binary, a {@link Charlist} as a list of code points;
 * - a plain object as a map with atom keys, from its own enumerable properties with string names.
 */
export type EncodableTerm =
  | Plain
  | Uint8Array
  | Charlist
  | Tuple<readonly EncodableTerm[]>
  | readonly EncodableTerm[]
  | ImproperList<EncodableTerm>
  | ReadonlyMap<EncodableTerm, EncodableTerm>
  | { readonly [key: string]: EncodableTerm }
  | FunctionTerm<EncodableTerm>;
