/**
 * Remote calls by spawn requests: each asks the peer for a process that runs the function and ends with its outcome, which a monitor tells.
 * Erlang documentation: kernel application, `erpc:call/5`.
 */
import { HiddenNodeError } from '../errors.ts';
import type { Behaviour, LocalProcess } from '../process/local-process.ts';
import { NumberTable } from '../process/number-table.ts';
import { isSameReference, ownReferenceKey } from '../process/own-references.ts';
import type { Processes } from '../process/processes.ts';
import { type Atom, atom } from '../term/atom.ts';
import type { Pid } from '../term/pid.ts';
import { Reference } from '../term/reference.ts';
import type { Term } from '../term/term.ts';
import { Tuple, tuple } from '../term/tuple.ts';
import { checkTimeout, Waiter } from '../waiter.ts';
import { badrpc, describe, resultOf, type Target } from './call.ts';
import type { CallOptions } from './gen-calls.ts';

const ERPC = atom('erpc');
const EXECUTE_CALL = atom('execute_call');
const DOWN = atom('DOWN');
const EXIT = atom('EXIT');
const RETURN = atom('return');
const THROW = atom('throw');
const EXITED = atom('exit');
const ERROR = atom('error');
const NOCONNECTION = atom('noconnection');
const NOTSUP = atom('notsup');

interface Call {
  /** Of the spawn request, and of the monitor of what it makes. */
  readonly reference: Reference;
  readonly to: Target;
  /** Tells the outcome from any other reason to end. */
  readonly result: Reference;
  readonly waiter: Waiter<Term>;
}

/** The error of a call that did not end in time. */
export function expired(to: Target, timeout: number): HiddenNodeError {
  return new HiddenNodeError('timeout', `${describe(to)} did not end within ${timeout} ms`, {
    node: to.node.name,
    timeout,
  });
}

export class Erpc implements Behaviour {
  readonly #calls = new NumberTable<Call>();
  readonly #process: LocalProcess;

  constructor(
    private readonly processes: Processes,
    private readonly makeReference: () => Reference,
  ) {
    this.#process = processes.start(this, { permanent: true });
  }

  /**
   * Calls a function over the link that there is.
   *
   * @param leader - the group leader of the function
   * @param allowed - what the whole call was allowed, in milliseconds, for the error
   * @returns what it returns or throws
   * @throws `badrpc` with the facts `reason`, `class` and `stack` where there is one; `timeout`, `aborted`; `noconnection` or whatever ended
   *   the link or the node; `not_a_term`
   */
  call(to: Target, leader: Pid, { timeout, signal }: CallOptions, allowed = timeout): Promise<Term> {
    checkTimeout(timeout);
    const result = this.makeReference();
    const reference = this.processes.spawnRequests.request(this.#process, {
      node: to.node,
      module: ERPC,
      name: EXECUTE_CALL,
      args: [result, to.module, to.name, to.args],
      groupLeader: leader,
      monitor: true,
      reply: 'error_only',
    });
    const key = ownReferenceKey(reference);
    const waiter = new Waiter<Term>({
      timeout,
      signal,
      expired: () => expired(to, allowed),
      left: () => {
        this.#calls.delete(key);
        this.processes.spawnRequests.abandon(this.#process, reference);
      },
    });
    this.#calls.set(key, { reference, to, result, waiter });
    return waiter.promise;
  }

  /** `{'DOWN', Reference, process, Pid, Reason}`, or `{spawn_reply, Reference, error, Reason}`. */
  deliver(message: Term): void {
    const [tag, reference, , fourth, fifth] = message instanceof Tuple ? (message.elements as Term[]) : [];
    const call = reference instanceof Reference ? this.#take(reference) : undefined;
    if (call === undefined) return;
    const { to, waiter } = call;
    try {
      waiter.settle(resultOf(to, tag === DOWN ? outcome(call, fifth) : notStarted(to, fourth)));
    } catch (error) {
      waiter.fail(error);
    }
  }

  /** Every call to the node fails. */
  nodeDown(node: Atom, reason: HiddenNodeError): void {
    for (const [key, { to, waiter }] of this.#calls.entries()) {
      if (to.node !== node) continue;
      this.#calls.delete(key);
      waiter.fail(noconnection(to, reason));
    }
  }

  /** Every call fails. */
  stop(reason: HiddenNodeError): void {
    for (const [, { waiter }] of this.#calls.entries()) waiter.fail(reason);
    this.#calls.clear();
  }

  #take(reference: Reference): Call | undefined {
    const key = ownReferenceKey(reference);
    const call = this.#calls.get(key);
    if (call === undefined || !isSameReference(call.reference, reference)) return undefined;
    this.#calls.delete(key);
    return call;
  }
}

function noconnection({ node }: Target, reason?: HiddenNodeError): HiddenNodeError {
  const facts = { node: node.name, reason: reason?.code };
  return new HiddenNodeError('noconnection', `the connection to ${node.name} was lost`, facts, reason);
}

/** What the reason for which the process has ended says of the function, as `rpc:call` has it. */
function outcome({ to, result }: Call, reason: Term): Term {
  const elements = reason instanceof Tuple && result.equals(reason.elements[0]) ? (reason.elements as Term[]) : [];
  const [, kind, value, stack] = elements;
  if (elements.length === 3) {
    if (kind === RETURN || kind === THROW) return value;
    if (kind === EXITED) throw badrpc(to, tuple(EXIT, value), { class: 'exit' });
    // The call itself could not be made: {erpc, Reason}.
    const [, fault] = value instanceof Tuple ? (value.elements as Term[]) : [];
    if (kind === ERROR) throw badrpc(to, tuple(EXIT, fault), { class: 'error' });
  }
  if (elements.length === 4 && kind === ERROR) {
    throw badrpc(to, tuple(EXIT, tuple(value, stack)), { class: 'error', stack });
  }
  if (reason === NOCONNECTION) throw noconnection(to);
  throw badrpc(to, tuple(EXIT, reason), { class: 'exit' });
}

function notStarted(to: Target, reason: Term): never {
  if (reason === NOCONNECTION) throw noconnection(to);
  throw badrpc(to, reason === NOTSUP ? NOTSUP : tuple(EXIT, reason));
}
