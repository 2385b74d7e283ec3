/**
 * Runs exposed functions for other nodes, and says how each call ended in Erlang's terms.
 * Erlang documentation: kernel, `erpc:call/5`; Erlang Reference Manual, "Errors and Error Handling".
 */
import { fileURLToPath } from 'node:url';
import { channels, type ServedEvent } from '../diagnostics.ts';
import { Atom, atom, FALSE, NIL, TRUE, UNDEFINED } from '../term/atom.ts';
import { preencode } from '../term/encoder.ts';
import { ExportTerm } from '../term/export.ts';
import { FunctionTerm } from '../term/fun.ts';
import type { Pid } from '../term/pid.ts';
import type { EncodableTerm, Term } from '../term/term.ts';
import { tuple } from '../term/tuple.ts';
import { caught, type ExceptionClass } from './exception.ts';
import type { Exposed } from './expose.ts';

const ERLANG = atom('erlang');
const APPLY = atom('apply');
const UNDEF = atom('undef');
const BADARG = atom('badarg');
const BADFUN = atom('badfun');
const BADARITY = atom('badarity');

const APPLY_FRAME = tuple(ERLANG, APPLY, 2, []);

/** In a stack, what stands below it is this library, not the function that was called. */
const THIS_FILE = fileURLToPath(import.meta.url);

/** What a caller names: two atoms and a list, if it keeps to the rules. */
export interface Call {
  module: Term;
  name: Term;
  args: Term;
  caller: Pid | undefined;
}

/** How a call ended. */
export interface Outcome {
  readonly kind: 'return' | ExceptionClass;
  /** What was returned or thrown, or the reason. */
  readonly value: EncodableTerm;
  /** Where that was, the innermost first; the last is the function that was called. */
  readonly stack: readonly EncodableTerm[];
  /** What the function threw, as JavaScript has it. */
  readonly error?: unknown;
}

/** An atom, whatever it decodes to. */
function atomOf(term: Term): Atom | undefined {
  if (term instanceof Atom) return term;
  if (term === undefined) return UNDEFINED;
  if (term === null) return NIL;
  return typeof term === 'boolean' ? (term ? TRUE : FALSE) : undefined;
}

/** @param frame - where; without one, what called it is all there is */
function failed(reason: EncodableTerm, ...frame: EncodableTerm[]): Outcome {
  return { kind: 'error', value: reason, stack: frame.length === 0 ? [] : [tuple(...frame, [])] };
}

function thrown(error: unknown, below: readonly EncodableTerm[]): Outcome {
  const { exceptionClass, reason, stack } = caught(error, THIS_FILE);
  return { kind: exceptionClass, value: reason, stack: [...stack, ...below], error };
}

export class ServedCalls {
  /**
   * @param node - the name of this node
   * @param maxAnswerBytes - an answer that has more is an error in its place
   */
  constructor(
    private readonly node: string,
    private readonly exposed: Exposed,
    private readonly maxAnswerBytes = Number.POSITIVE_INFINITY,
  ) {}

  /**
   * Runs what a call names. Does not reject.
   *
   * @param form - makes the answer of the outcome; it is made anew when the outcome turns out to be no term, or too large
   * @returns the answer, encoded
   */
  async run(call: Call, form: (outcome: Outcome) => EncodableTerm): Promise<EncodableTerm> {
    const start = performance.now();
    let outcome = await this.#outcome(call);
    let answer: EncodableTerm;
    try {
      answer = preencode(form(outcome), this.maxAnswerBytes);
    } catch (error) {
      outcome = thrown(error, outcome.kind === 'return' ? outcome.stack : []);
      answer = preencode(form(outcome));
    }
    if (channels.served.hasSubscribers) this.#publish(call, outcome, performance.now() - start);
    return answer;
  }

  async #outcome(call: Call): Promise<Outcome> {
    const [module, name, args] = [atomOf(call.module), atomOf(call.name), call.args];
    if (module === undefined || name === undefined || !Array.isArray(args)) {
      return failed(BADARG, ERLANG, APPLY, [call.module, call.name, args]);
    }
    if (module === ERLANG && name === APPLY && args.length === 2 && !this.exposed.find(ERLANG, APPLY, 2)) {
      return this.#applyFun(args[0], args[1], call.caller);
    }
    return this.#apply(module, name, args, call.caller);
  }

  async #apply(module: Atom, name: Atom, args: Term[], caller: Pid | undefined): Promise<Outcome> {
    const run = this.exposed.find(module, name, args.length);
    if (run === undefined) return failed(UNDEF, module, name, args);
    const stack = [tuple(module, name, args.length, [])];
    try {
      return { kind: 'return', value: (await run.apply({ caller }, args)) as EncodableTerm, stack };
    } catch (error) {
      return thrown(error, stack);
    }
  }

  /**
   * A call of a fun comes as `erlang:apply(Fun, Args)`. One that only names a function, `fun Module:Name/Arity`, is as good as the name;
   * the code of any other is not here, as on an Erlang node that has not loaded its module.
   */
  async #applyFun(fun: Term, args: Term, caller: Pid | undefined): Promise<Outcome> {
    const outcome = await this.#called(fun, args, caller);
    return { ...outcome, stack: [...outcome.stack, APPLY_FRAME] };
  }

  async #called(fun: Term, args: Term, caller: Pid | undefined): Promise<Outcome> {
    if (!Array.isArray(args)) return failed(BADARG, ERLANG, APPLY, [fun, args]);
    if (!(fun instanceof ExportTerm || fun instanceof FunctionTerm)) return failed(tuple(BADFUN, fun));
    if (fun.arity !== args.length) return failed(tuple(BADARITY, tuple(fun, args)));
    if (fun instanceof FunctionTerm) return failed(UNDEF, fun, args);
    return this.#apply(fun.module, fun.function, args, caller);
  }

  #publish({ module, name, args, caller }: Call, { kind, error }: Outcome, duration: number): void {
    channels.served.publish({
      node: this.node,
      peer: caller?.node.name,
      module: atomOf(module)?.name ?? '',
      function: atomOf(name)?.name ?? '',
      arity: Array.isArray(args) ? args.length : 0,
      outcome: kind,
      error,
      duration,
    } satisfies ServedEvent);
  }
}
