/**
 * Calls to processes that answer as `gen_server` does: any number at once over any number of links, told apart by a
 * reference each, which is a monitor of the process that is called and the alias to which it answers.
 * Erlang documentation: stdlib, `gen_server:call/3`.
 */
import { publishDropped } from '../diagnostics.ts';
import { HiddenNodeError } from '../errors.ts';
import type { Destination, Registered } from '../process/destination.ts';
import type { Behaviour, LocalProcess } from '../process/local-process.ts';
import { NumberTable } from '../process/number-table.ts';
import { ownReferenceKey } from '../process/own-references.ts';
import type { Processes } from '../process/processes.ts';
import { type Atom, atom } from '../term/atom.ts';
import { excerpt } from '../term/excerpt.ts';
import { ImproperList, improperList } from '../term/list.ts';
import type { Pid } from '../term/pid.ts';
import { Reference } from '../term/reference.ts';
import type { EncodableTerm, Term } from '../term/term.ts';
import { Tuple, tuple } from '../term/tuple.ts';
import { checkTimeout, Waiter } from '../waiter.ts';

const GEN_CALL = atom('$gen_call');
const ALIAS = atom('alias');
const DOWN = atom('DOWN');

export interface CallOptions {
  /** Milliseconds. */
  timeout: number;
  signal?: AbortSignal | undefined;
  /** The call is what opens the connection, and fails with what that fails with. Otherwise there was one, and it is lost. */
  connects?: boolean;
}

interface Call {
  to: Pid | Registered;
  connects: boolean;
  waiter: Waiter<Term>;
}

/** What tells to which call a message belongs: the monitor of a DOWN, or the tag of an answer, `[alias | Reference]`. */
function referenceIn(elements: readonly Term[]): unknown {
  if (elements.length === 5 && elements[0] === DOWN) return elements[1];
  return elements.length === 2 && elements[0] instanceof ImproperList ? elements[0].tail : undefined;
}

function nodeOf(to: Pid | Registered): string {
  return to.node.name;
}

function expired(to: Pid | Registered, timeout: number): HiddenNodeError {
  return new HiddenNodeError('timeout', `${to} did not answer within ${timeout} ms`, { node: nodeOf(to), timeout });
}

function lost(node: Atom, reason: HiddenNodeError): HiddenNodeError {
  const facts = { node: node.name, reason: reason.code };
  return new HiddenNodeError('noconnection', `the connection to ${node.name} was lost`, facts, reason);
}

function down({ to }: Call, reason: Term): HiddenNodeError {
  const message = `${to} did not answer, it ended: ${excerpt(reason)}`;
  return new HiddenNodeError('process_down', message, { node: nodeOf(to), reason });
}

export class GenCalls implements Behaviour {
  readonly #calls = new NumberTable<Call>();
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
   * Sends a request and waits for its answer.
   *
   * @throws `timeout`, `aborted`; `process_down`; `noconnection` or whatever the connection or the node ended with; `not_a_term`
   */
  call(to: Pid | Registered, request: EncodableTerm, options: CallOptions): Promise<Term> {
    const { timeout, signal, connects = false } = options;
    checkTimeout(timeout);
    const reference = this.processes.monitors.monitor(this.#process, to, 'reply_demonitor');
    const id = ownReferenceKey(reference);
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
      expired: () => expired(to, timeout),
      left: () => {
        this.#calls.delete(id);
        this.processes.monitors.demonitor(this.#process, reference);
      },
    });
    this.#calls.set(id, { to, connects, waiter });
    return waiter.promise;
  }

  /** An answer, `{Tag, Reply}`, or the end of the process that was called. What nobody waits for any more is dropped. */
  deliver(message: Term): void {
    const elements = message instanceof Tuple ? (message.elements as Term[]) : [];
    const reference = referenceIn(elements);
    const call = reference instanceof Reference ? this.#take(reference) : undefined;
    if (call === undefined) return this.#unwanted(elements[0]);
    if (elements[0] === DOWN) return call.waiter.fail(down(call, elements[4]));
    // A node before OTP 24 answers to the process, and its monitor is still there.
    this.processes.monitors.demonitor(this.#process, reference as Reference);
    call.waiter.settle(elements[1]);
  }

  /**
   * Every call to the node fails.
   *
   * @param wasUp - a connection was lost; otherwise none came about
   */
  nodeDown(node: Atom, reason: HiddenNodeError, wasUp: boolean): void {
    for (const [id, { to, connects, waiter }] of this.#calls.entries()) {
      if (to.node !== node) continue;
      this.#calls.delete(id);
      waiter.fail(connects && !wasUp ? reason : lost(node, reason));
    }
  }

  /** Every call fails. */
  stop(reason: HiddenNodeError): void {
    for (const [, { waiter }] of this.#calls.entries()) waiter.fail(reason);
    this.#calls.clear();
  }

  #take(reference: Reference): Call | undefined {
    const { node, creation } = this.#process.pid;
    if (reference.node !== node || reference.creation !== creation) return undefined;
    const id = ownReferenceKey(reference);
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    return call;
  }

  /** DOWN comes for calls that have failed already, when their node is lost. */
  #unwanted(first: Term): void {
    if (first !== DOWN) publishDropped(this.node, 'pid', 'late_reply');
  }
}
