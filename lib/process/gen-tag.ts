/**
 * How a call of Erlang's `gen` says where its answer goes: `{Caller, Tag}`, where the tag is repeated in the answer and names, in one form
 * or another, the monitor by which the caller watches the server.
 * Erlang documentation: stdlib, `gen_server:call/3`, `gen_server:reply/2`; the forms are those of `gen.erl`, OTP 23 to 29.
 */
import { Atom, atom } from '../term/atom.ts';
import { ImproperList } from '../term/list.ts';
import type { Pid } from '../term/pid.ts';
import { Reference } from '../term/reference.ts';
import type { Term } from '../term/term.ts';
import { Tuple } from '../term/tuple.ts';

const ALIAS = atom('alias');
const REQUEST_ID = atom('$gen_request_id');

/** The alias in `[alias | Alias]`. */
function aliasIn(term: unknown): Reference | undefined {
  if (!(term instanceof ImproperList) || term.elements.length !== 1 || term.elements[0] !== ALIAS) return undefined;
  return term.tail instanceof Reference ? term.tail : undefined;
}

/**
 * Where the answer goes: to the alias in `[alias | Alias]`, or in `[[alias | Alias] | Monitor]` of a call to many nodes, so that an answer
 * that comes late is dropped there; or else to the caller.
 */
export function replyTo(caller: Pid, tag: Term): Pid | Reference {
  const head = tag instanceof ImproperList ? tag.elements[0] : Array.isArray(tag) ? tag[0] : undefined;
  return aliasIn(tag) ?? aliasIn(head) ?? caller;
}

/** The monitor that a tag names: the last part of the forms with an alias; or before OTP 24 the tag itself, or `{'$gen_request_id', Monitor}`. */
export function monitorIn(tag: Term): Reference | undefined {
  if (tag instanceof Reference) return tag;
  if (tag instanceof ImproperList) return tag.tail instanceof Reference ? tag.tail : undefined;
  if (!(tag instanceof Tuple) || tag.length !== 2 || tag.elements[0] !== REQUEST_ID) return undefined;
  return tag.elements[1] instanceof Reference ? tag.elements[1] : undefined;
}

/** True for `{Reference, Node}`, the tag of a call to many nodes before OTP 26: it does not name the monitor. */
export function isOldMultiCall(tag: Term): boolean {
  return (
    tag instanceof Tuple && tag.length === 2 && tag.elements[0] instanceof Reference && tag.elements[1] instanceof Atom
  );
}
