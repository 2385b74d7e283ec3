/**
 * Remote procedure calls through the peer's `rex` server, which runs each in a process of its own.
 * Erlang documentation: kernel application, `rpc:call/5` and `rpc:cast/4`.
 */
import { HiddenNodeError } from '../errors.ts';
import { Registered } from '../process/destination.ts';
import { type Atom, atom } from '../term/atom.ts';
import { format } from '../term/format.ts';
import type { EncodableTerm, Term } from '../term/term.ts';
import { Tuple, tuple } from '../term/tuple.ts';
import type { CallOptions, GenCalls } from './gen-calls.ts';

const REX = atom('rex');
const BADRPC = atom('badrpc');
const CALL = atom('call');
const CAST = atom('cast');
const GEN_CAST = atom('$gen_cast');

/** The group leader of called functions: what they print appears on their own node, since this one is no terminal. */
const USER = atom('user');

/** How much of a reason an error message shows, in characters. */
const SHOWN_REASON = 500;

/** What is called where. */
export interface Target {
  node: Atom;
  module: Atom;
  name: Atom;
}

export function target(node: string, module: string, name: string): Target {
  return { node: atom(node), module: atom(module), name: atom(name) };
}

function request(kind: Atom, { module, name }: Target, args: readonly EncodableTerm[]): EncodableTerm {
  if (!Array.isArray(args)) {
    throw new HiddenNodeError('invalid_argument', 'the arguments of a remote call are an array', { kind: typeof args });
  }
  return tuple(kind, module, name, args, USER);
}

/**
 * Calls a function on a node that there is a link to.
 *
 * @throws `badrpc` with the fact `reason`; whatever {@link GenCalls.call} throws
 */
export async function rpcCall(
  calls: GenCalls,
  to: Target,
  args: readonly EncodableTerm[],
  options: CallOptions,
): Promise<Term> {
  const reply = await calls.call(new Registered(REX, to.node), request(CALL, to, args), options);
  if (!(reply instanceof Tuple) || reply.length !== 2 || reply.elements[0] !== BADRPC) return reply;
  const reason: Term = reply.elements[1];
  const shown = format(reason);
  const what = `${to.module}:${to.name}/${args.length} on ${to.node.name}`;
  throw new HiddenNodeError(
    'badrpc',
    `${what} failed: ${shown.length > SHOWN_REASON ? `${shown.slice(0, SHOWN_REASON)}...` : shown}`,
    { node: to.node.name, module: to.module.name, function: to.name.name, arity: args.length, reason },
  );
}

/** The message that makes `rex` run a function without an answer. */
export function rpcCast(to: Target, args: readonly EncodableTerm[]): { to: Registered; message: EncodableTerm } {
  return { to: new Registered(REX, to.node), message: tuple(GEN_CAST, request(CAST, to, args)) };
}
