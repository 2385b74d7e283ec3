/**
 * What a server answers to system messages.
 * Erlang documentation: stdlib, `sys`, functions `get_state/1` and `get_status/1`; `proc_lib:stop/3`.
 */
import { type Atom, atom } from '../term/atom.ts';
import { charlist } from '../term/charlist.ts';
import { encode } from '../term/encoder.ts';
import type { Pid } from '../term/pid.ts';
import type { EncodableTerm, Term } from '../term/term.ts';
import { Tuple, tuple } from '../term/tuple.ts';
import { caught } from './exception.ts';
import type { ServerHandlers } from './server-handlers.ts';

const OK = atom('ok');
const TERMINATE = atom('terminate');
const GET_STATE = atom('get_state');
const GET_STATUS = atom('get_status');
const ERROR = atom('error');
const UNKNOWN = atom('unknown_system_msg');
const CALLBACK_FAILED = atom('callback_failed');
const STATUS = atom('status');
const RUNNING = atom('running');
const HEADER = atom('header');
const DATA = atom('data');
const MODULE = atom('module');
const JS = atom('js');
const STATE = atom('state');

/** The reason in a request to end; in an object of its own, because it can be any term. */
export function terminateReason(request: Term): { reason: Term } | undefined {
  if (!(request instanceof Tuple) || request.length !== 2 || request.elements[0] !== TERMINATE) return undefined;
  return { reason: request.elements[1] };
}

/** The answer to any other request. */
export async function systemReply(
  request: Term,
  server: { pid: Pid; name: string | undefined; handlers: ServerHandlers },
): Promise<EncodableTerm> {
  const { handlers } = server;
  if (request === GET_STATE && handlers.state !== undefined) return stateOf(handlers);
  if (request === GET_STATUS) return status(server.pid, server.name, handlers);
  return tuple(ERROR, tuple(UNKNOWN, request));
}

/**
 * `{ok, State}` or `{error, Reason}`, as since OTP 26.1. Before that it was the state alone, and nothing says which of the two a caller
 * understands; an older one takes the pair for the state.
 */
async function stateOf(handlers: ServerHandlers): Promise<Tuple<[Atom, EncodableTerm]>> {
  try {
    const state = tuple(OK, (await handlers.state?.()) as EncodableTerm);
    encode(state);
    return state;
  } catch (error) {
    const { exceptionClass, reason } = caught(error);
    return tuple(ERROR, tuple(CALLBACK_FAILED, tuple(JS, STATE), tuple(atom(exceptionClass), reason)));
  }
}

/** In the form of a gen_server, which is what tools such as observer show. */
async function status(pid: Pid, name: string | undefined, handlers: ServerHandlers): Promise<EncodableTerm> {
  const items: EncodableTerm[] = [
    tuple(HEADER, charlist(`Status for the JavaScript server ${name ?? pid}`)),
    data(tuple(charlist('Status'), RUNNING), tuple(charlist('Parent'), pid)),
  ];
  if (handlers.state !== undefined) items.push(data(tuple(charlist('State'), (await stateOf(handlers)).elements[1])));
  return tuple(STATUS, pid, tuple(MODULE, JS), [[], RUNNING, pid, [], items]);
}

function data(...pairs: EncodableTerm[]): Tuple<[Atom, EncodableTerm[]]> {
  return tuple(DATA, pairs);
}
