/**
 * What answers for the registered name `rex`: the older way of remote calls, by messages to a server. Releases before OTP 23, C nodes
 * (`ei_rpc`), `rpc:block_call` and `rpc:sbcast` of every release, and `rpc:cast` of OTP 23 use it.
 * Erlang documentation: kernel, `rpc`. The forms of the messages are those of `rpc.erl`, OTP 23 to 29.
 */
import { replyTo } from '../process/gen-tag.ts';
import type { Behaviour, LocalProcess } from '../process/local-process.ts';
import type { Places } from '../process/places.ts';
import type { Processes } from '../process/processes.ts';
import { Atom, atom } from '../term/atom.ts';
import { Pid } from '../term/pid.ts';
import type { Reference } from '../term/reference.ts';
import type { EncodableTerm, Term } from '../term/term.ts';
import { Tuple, tuple } from '../term/tuple.ts';
import type { Call, Outcome, ServedCalls } from './served-calls.ts';

const REX = atom('rex');
const CALL = atom('call');
const BLOCK_CALL = atom('block_call');
const CAST = atom('cast');
const GEN_CALL = atom('$gen_call');
const GEN_CAST = atom('$gen_cast');
const SBCAST = atom('sbcast');
const SEND = atom('send');
const NONEXISTING_NAME = atom('nonexisting_name');
const FEATURES_REQUEST = atom('features_request');
const FEATURES_REPLY = atom('features_reply');
const ERPC = atom('erpc');
const BADRPC = atom('badrpc');
const EXIT = atom('EXIT');
const SYSTEM_LIMIT = atom('system_limit');

/** Who asked, and how the answer is made of a result. */
interface Asker {
  readonly caller: Pid;
  readonly to: Pid | Reference;
  readonly form: (result: EncodableTerm) => EncodableTerm;
}

/** The elements of a tuple of this many. */
function elements(term: Term, arity: number): Term[] {
  return term instanceof Tuple && term.length === arity ? (term.elements as Term[]) : [];
}

/** What `rpc:call` gives for a call that ended like this. */
function result({ kind, value, stack }: Outcome): EncodableTerm {
  if (kind === 'return' || kind === 'throw') return value;
  return tuple(BADRPC, tuple(EXIT, kind === 'exit' ? value : tuple(value, stack)));
}

export class Rex implements Behaviour {
  readonly #process: LocalProcess;
  /** The last of the calls that wait for each other. */
  #blocking: Promise<unknown> = Promise.resolve();

  /**
   * Registers itself.
   *
   * @param node - the name of this node
   * @param places - for how many calls at once there is room
   */
  constructor(
    private readonly node: Atom,
    private readonly processes: Processes,
    private readonly calls: ServedCalls,
    private readonly places: Places,
  ) {
    this.#process = processes.start(this, { name: REX, permanent: true });
  }

  deliver(message: Term): void {
    const [tag, from, request] = elements(message, 3);
    if (tag === GEN_CALL) return this.#genCall(from, request);
    const [first, second] = elements(message, 2);
    if (first === GEN_CAST) this.#cast(second);
    else if (first instanceof Pid) this.#plain(first, second);
  }

  #genCall(from: Term, request: Term): void {
    const [caller, tag] = elements(from, 2);
    if (!(caller instanceof Pid)) return;
    this.#call({ caller, to: replyTo(caller, tag), form: (answer) => tuple(tag, answer) }, request);
  }

  /** A message that is none of `gen`, but has a sender. */
  #plain(from: Pid, request: Term): void {
    if (request === FEATURES_REQUEST) return this.#send(from, tuple(FEATURES_REPLY, this.node, [ERPC]));
    const [kind, name, message] = elements(request, 3);
    if (kind === SBCAST) {
      const answer = this.#pass(name, message) ? this.node : tuple(NONEXISTING_NAME, name);
      this.#send(from, tuple(REX, this.node, answer));
    } else if (kind === SEND) {
      if (!this.#pass(name, tuple(from, message))) {
        this.#send(from, tuple(REX, this.node, tuple(NONEXISTING_NAME, name)));
      }
    } else {
      this.#call({ caller: from, to: from, form: (answer) => tuple(REX, answer) }, request);
    }
  }

  #call(asker: Asker, request: Term): void {
    const [kind, module, name, args] = elements(request, 5);
    if (kind !== CALL && kind !== BLOCK_CALL) return;
    if (!this.places.take()) {
      return this.#send(asker.to, asker.form(tuple(BADRPC, tuple(EXIT, SYSTEM_LIMIT))));
    }
    const call = { module, name, args, caller: asker.caller };
    if (kind === CALL) void this.#serve(asker, call);
    else this.#blocking = this.#blocking.then(() => this.#serve(asker, call));
  }

  async #serve({ to, form }: Asker, call: Call): Promise<void> {
    const answer = await this.calls.run(call, (outcome) => form(result(outcome)));
    this.places.give();
    this.#send(to, answer);
  }

  #cast(request: Term): void {
    const [kind, module, name, args] = elements(request, 5);
    if (kind !== CAST || !this.places.take()) return;
    const done = (): void => this.places.give();
    this.calls.run({ module, name, args, caller: undefined }, result).then(done, done);
  }

  /** Hands a message on to a registered process. False when there is none of the name. */
  #pass(name: Term, message: Term): boolean {
    const process = name instanceof Atom ? this.processes.registry.named(name) : undefined;
    process?.behaviour.deliver(message);
    return process !== undefined;
  }

  /** An answer opens no connection: one that was lost takes the caller with it. */
  #send(to: Pid | Reference, message: EncodableTerm): void {
    const sender = this.processes.nodes.existing(to.node);
    if (to instanceof Pid) sender?.send(to, message);
    else sender?.aliasSend(this.#process.pid, to, message);
  }
}
