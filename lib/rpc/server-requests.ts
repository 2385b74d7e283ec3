/**
 * What a server is sent, told apart.
 * Erlang documentation: stdlib, `gen_server`, sections "handle_call" to "handle_info"; `sys`, section "System Messages".
 */
import { monitorIn } from '../process/gen-tag.ts';
import { atom } from '../term/atom.ts';
import { Pid } from '../term/pid.ts';
import type { Reference } from '../term/reference.ts';
import type { Term } from '../term/term.ts';
import { Tuple } from '../term/tuple.ts';

const GEN_CALL = atom('$gen_call');
const GEN_CAST = atom('$gen_cast');
const SYSTEM = atom('system');

/** Who waits for the answer to a call: Erlang's `From`. It is answered once, by whatever comes first. */
export class From {
  /** The process that called. */
  readonly pid: Pid;

  /** `{Pid, Tag}`: a process of Erlang that is sent this term can answer in place of the server, by `gen_server:reply/2`. */
  readonly term: Tuple<[pid: Pid, tag: Term]>;

  /** @internal */
  answered = false;

  /** @internal */
  constructor(term: Tuple<[pid: Pid, tag: Term]>) {
    this.pid = term.elements[0];
    this.term = term;
  }

  /** @internal */
  get tag(): Term {
    return this.term.elements[1];
  }

  /** @internal The monitor by which the caller watches the server. */
  get monitor(): Reference | undefined {
    return monitorIn(this.tag);
  }
}

/** What a program has a handler for. */
export type HandledRequest =
  | { kind: 'call'; from: From; content: Term }
  | { kind: 'cast' | 'info'; from: undefined; content: Term };

export type ServerRequest = HandledRequest | { kind: 'system'; from: From; content: Term };

/** What has not the form of a request is `info`, whatever it begins with. */
export function serverRequest(message: Term): ServerRequest {
  if (message instanceof Tuple) {
    const [first, second, third] = message.elements;
    if (message.length === 2 && first === GEN_CAST) return { kind: 'cast', from: undefined, content: second };
    if (message.length === 3 && (first === GEN_CALL || first === SYSTEM) && isFrom(second)) {
      return { kind: first === GEN_CALL ? 'call' : 'system', from: new From(second), content: third };
    }
  }
  return { kind: 'info', from: undefined, content: message };
}

function isFrom(term: Term): term is Tuple<[pid: Pid, tag: Term]> {
  return term instanceof Tuple && term.length === 2 && term.elements[0] instanceof Pid;
}
