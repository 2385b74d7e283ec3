/**
 * What a remote call names, how it fails, and the older way to make one: through the peer's `rex` server, which runs each call in a process
 * of its own.
 * Erlang documentation: kernel application, `rpc:call/5` and `rpc:cast/4`.
 */
import { HiddenNodeError } from '../errors.ts';
import { Registered } from '../process/destination.ts';
import { type Atom, atom } from '../term/atom.ts';
import { excerpt } from '../term/excerpt.ts';
import type { EncodableTerm, Term } from '../term/term.ts';
import { Tuple, tuple } from '../term/tuple.ts';
import type { ExceptionClass } from './exception.ts';
import type { CallOptions, GenCalls } from './gen-calls.ts';

const REX = atom('rex');
const BADRPC = atom('badrpc');
const CALL = atom('call');
const CAST = atom('cast');
const EXIT = atom('EXIT');
const GEN_CAST = atom('$gen_cast');

/** The group leader of called functions: what they print appears on their own node, since this one is no terminal. */
export const USER = atom('user');

/** What is called where. */
export interface Target {
  readonly node: Atom;
  readonly module: Atom;
  readonly name: Atom;
  readonly args: readonly EncodableTerm[];
}

/** @throws `invalid_argument` */
export function target(node: string, module: string, name: string, args: readonly EncodableTerm[]): Target {
  if (!Array.isArray(args)) {
    throw new HiddenNodeError('invalid_argument', 'the arguments of a remote call are an array', { kind: typeof args });
  }
  return { node: atom(node), module: atom(module), name: atom(name), args };
}

/** `module:name/arity on node`. */
export function describe({ node, module, name, args }: Target): string {
  return `${module}:${name}/${args.length} on ${node.name}`;
}

/**
 * The error of a function that failed.
 *
 * @param reason - what `rpc:call` gives in `{badrpc, Reason}`
 * @param known - what is known beyond the reason
 */
export function badrpc(
  to: Target,
  reason: Term,
  known: { class?: ExceptionClass; stack?: Term } = {},
): HiddenNodeError {
  return new HiddenNodeError('badrpc', `${describe(to)} failed: ${excerpt(reason)}`, {
    node: to.node.name,
    module: to.module.name,
    function: to.name.name,
    arity: to.args.length,
    reason,
    ...known,
  });
}

/** The result of a call as `rpc:call` has it. @throws `badrpc` for `{badrpc, Reason}`, and for `{'EXIT', _}` as the reason */
export function resultOf(to: Target, result: Term): Term {
  const [tag, reason] = result instanceof Tuple && result.length === 2 ? (result.elements as Term[]) : [];
  if (tag === BADRPC) throw badrpc(to, reason);
  if (tag === EXIT) throw badrpc(to, result);
  return result;
}

function request(kind: Atom, { module, name, args }: Target): EncodableTerm {
  return tuple(kind, module, name, args, USER);
}

/**
 * Calls a function through `rex`, on a node that there is a link to.
 *
 * @throws `badrpc` with the fact `reason`; whatever {@link GenCalls.call} throws
 */
export async function rexCall(calls: GenCalls, to: Target, options: CallOptions): Promise<Term> {
  return resultOf(to, await calls.call(new Registered(REX, to.node), request(CALL, to), options));
}

/** The message that makes `rex` run a function without an answer. */
export function rexCast(to: Target): { to: Registered; message: EncodableTerm } {
  return { to: new Registered(REX, to.node), message: tuple(GEN_CAST, request(CAST, to)) };
}
