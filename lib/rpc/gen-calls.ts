/**
 * Calls to processes that answer as `gen_server` does: any number at once over any number of links, told apart by a
 * reference each, which is a monitor of the process that is called and the alias to which it answers.
 * Erlang documentation: stdlib, `gen_server:call/3`.
 */
import { publishDropped } from '../diagnostics.ts';
import { HiddenNodeError } from '../errors.ts';
import type { Destination, Registered } from '../process/destination.ts';
import type { Behaviour, LocalProcess } from '../process/local-process.ts';
import type { Processes } from '../process/processes.ts';
import { type Atom, atom } from '../term/atom.ts';
import { format } from '../term/format.ts';
import { ImproperList, improperList } from '../term/list.ts';
import type { Pid } from '../term/pid.ts';
import { Reference } from '../term/reference.ts';
import type { EncodableTerm, Term } from '../term/term.ts';
import { Tuple, tuple } from '../term/tuple.ts';
import { checkTimeout, Waiter } from '../waiter.ts';

const GEN_CALL = atom('$gen_call');
const ALIAS = atom('alias');
const DOWN = atom('DOWN');

/** How much of a reason an error message shows, in characters. */
const SHOWN_REASON = 500;

export interface CallOptions {
  /** Milliseconds. */
  timeout: number;
  signal?: AbortSignal | undefined;
}

interface Call {
  to: Pid | Registered;
  waiter: Waiter<Term>;
}

/** The words of a reference of ours count up, so two of them tell it from every other. */
function key({ words }: Reference): number {
  return words[1] * 2 ** 18 + words[0];
}

/** The reference in the tag of a call: `[alias | Reference]`, or the reference alone, as before OTP 24. */
export function referenceOf(tag: Term): Reference | undefined {
  if (tag instanceof Reference) return tag;
  return tag instanceof ImproperList && tag.tail instanceof Reference ? tag.tail : undefined;
}

function nodeOf(to: Pid | Registered): string {
  return to.node.name;
}

export class GenCalls implements Behaviour {
  readonly #calls = new Map<number, Call>();
  readonly #process: LocalProcess;

  /**
   * @param node - the name of this node
   * @param send - sends a message from a process of ours
   */
  constructor(
    private readonly node: string,
    private readonly processes: Processes,
    private readonly send: (from: Pid, to: Destination, message: EncodableTerm) => void,
  ) {
    this.#process = processes.start(this, { permanent: true });
  }

  /**
   * Sends a request over the link that there is and waits for its answer.
   *
   * @throws `timeout`, `aborted`; `process_down`; `noconnection` or whatever ended the link or the node; `not_a_term`
   */
  call(to: Pid | Registered, request: EncodableTerm, { timeout, signal }: CallOptions): Promise<Term> {
    checkTimeout(timeout);
    const reference = this.processes.monitors.monitor(this.#process, to, 'reply_demonitor');
    const id = key(reference);
    try {
      const from = tuple(this.#process.pid, improperList<Term>([ALIAS], reference));
      this.send(this.#process.pid, to, tuple(GEN_CALL, from, request));
    } catch (error) {
      this.processes.monitors.demonitor(this.#process, reference);
      throw error;
    }
    const waiter = new Waiter<Term>({
      timeout,
      signal,
      expired: () =>
        new HiddenNodeError('timeout', `${to} did not answer within ${timeout} ms`, { node: nodeOf(to), timeout }),
      left: () => {
        this.#calls.delete(id);
        this.processes.monitors.demonitor(this.#process, reference);
      },
    });
    this.#calls.set(id, { to, waiter });
    return waiter.promise;
  }

  /** An answer, `{Tag, Reply}`, or the end of the process that was called. What nobody waits for any more is dropped. */
  deliver(message: Term): void {
    const elements = message instanceof Tuple ? (message.elements as Term[]) : [];
    if (elements.length === 5 && elements[0] === DOWN) return this.#down(elements[1] as Reference, elements[4]);
    const reference = elements.length === 2 ? referenceOf(elements[0]) : undefined;
    const call = reference && this.#take(reference);
    if (call === undefined) return publishDropped(this.node, 'pid', 'late_reply');
    // A node before OTP 24 answers to the process, and its monitor is still there.
    this.processes.monitors.demonitor(this.#process, reference!);
    call.waiter.settle(elements[1]);
  }

  /** Every call to the node fails. */
  nodeDown(node: Atom, reason: HiddenNodeError): void {
    for (const [id, call] of this.#calls) {
      if (call.to.node !== node) continue;
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

  #take(reference: Reference): Call | undefined {
    const call = this.#calls.get(key(reference));
    this.#calls.delete(key(reference));
    return call;
  }

  #down(reference: Reference, reason: Term): void {
    const call = this.#take(reference);
    if (call === undefined) return;
    const shown = format(reason);
    const text = shown.length > SHOWN_REASON ? `${shown.slice(0, SHOWN_REASON)}...` : shown;
    call.waiter.fail(
      new HiddenNodeError('process_down', `${call.to} did not answer, it ended: ${text}`, {
        node: nodeOf(call.to),
        reason,
      }),
    );
  }
}
