/**
 * Calls to processes that answer as `gen_server` does: any number at once over any number of links, told apart by a
 * reference each. Erlang documentation: stdlib, `gen_server:call/3`.
 */
import { publishDropped } from '../diagnostics.ts';
import { HiddenNodeError } from '../errors.ts';
import type { Registered } from '../process/destination.ts';
import type { Receiver } from '../process/registry.ts';
import { type Atom, atom } from '../term/atom.ts';
import type { Pid } from '../term/pid.ts';
import { Reference } from '../term/reference.ts';
import type { EncodableTerm, Term } from '../term/term.ts';
import { Tuple, tuple } from '../term/tuple.ts';
import { Waiter } from '../waiter.ts';

const GEN_CALL = atom('$gen_call');

export interface CallOptions {
  /** Milliseconds. */
  timeout: number;
  signal?: AbortSignal | undefined;
}

interface Call {
  node: Atom;
  waiter: Waiter<Term>;
}

/** The words of a reference of ours count up, so two of them tell it from every other. */
function key({ words }: Reference): number {
  return words[1] * 2 ** 18 + words[0];
}

export class GenCalls implements Receiver {
  readonly #calls = new Map<number, Call>();

  /**
   * @param node - the name of this node
   * @param pid - the process that asks, and is answered
   */
  constructor(
    private readonly node: string,
    private readonly pid: Pid,
    private readonly makeReference: () => Reference,
    private readonly send: (to: Registered, message: EncodableTerm) => void,
  ) {}

  /**
   * Sends a request over the link that there is and waits for its answer.
   *
   * @throws `timeout`, `aborted`, `noconnection` or whatever ended the link or the node; `not_a_term`
   */
  call(to: Registered, request: EncodableTerm, { timeout, signal }: CallOptions): Promise<Term> {
    const reference = this.makeReference();
    const id = key(reference);
    this.send(to, tuple(GEN_CALL, tuple(this.pid, reference), request));
    const waiter = new Waiter<Term>({
      timeout,
      signal,
      expired: () =>
        new HiddenNodeError('timeout', `${to} did not answer within ${timeout} ms`, {
          node: to.node.name,
          timeout,
        }),
      left: () => this.#calls.delete(id),
    });
    this.#calls.set(id, { node: to.node, waiter });
    return waiter.promise;
  }

  /** An answer: `{Reference, Reply}`. What nobody waits for any more is dropped. */
  deliver(message: Term): void {
    if (message instanceof Tuple && message.length === 2 && message.elements[0] instanceof Reference) {
      const id = key(message.elements[0]);
      const call = this.#calls.get(id);
      if (call !== undefined) {
        this.#calls.delete(id);
        call.waiter.settle(message.elements[1]);
        return;
      }
    }
    publishDropped(this.node, 'pid', 'late_reply');
  }

  /** Every call to the node fails. */
  nodeDown(node: Atom, reason: HiddenNodeError): void {
    for (const [id, call] of this.#calls) {
      if (call.node !== node) continue;
      this.#calls.delete(id);
      const facts = { node: node.name, reason: reason.code };
      const error = new HiddenNodeError('noconnection', `the connection to ${node.name} was lost`, facts, reason);
      call.waiter.fail(error);
    }
  }

  /** Every call fails. */
  stop(reason: HiddenNodeError): void {
    for (const { waiter } of this.#calls.values()) waiter.fail(reason);
    this.#calls.clear();
  }
}
