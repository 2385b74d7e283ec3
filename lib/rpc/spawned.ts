/**
 * What processes do that other nodes ask this one to start: they run exposed functions. `erpc`, and `rpc` with it, asks for a process that
 * ends with the outcome as its reason; any other process ends as its function does.
 * Erlang documentation: kernel, `erpc:call/5`; `erlang:spawn/4`. The form of the reasons is that of `erpc:execute_call/4`, OTP 23 to 29.
 */
import type { Entry, Run } from '../process/spawner.ts';
import { atom } from '../term/atom.ts';
import type { EncodableTerm } from '../term/term.ts';
import { tuple } from '../term/tuple.ts';
import type { Outcome, ServedCalls } from './served-calls.ts';

const ERPC = atom('erpc');
const EXECUTE_CALL = atom('execute_call');
const EXECUTE_CAST = atom('execute_cast');
const NORMAL = atom('normal');
const NOCATCH = atom('nocatch');
const ERROR = atom('error');

/** Runs what the processes are asked to run. */
export function spawned(calls: ServedCalls): Run {
  return (entry) => {
    const { module, name, args, from: caller } = entry;
    if (isErpc(entry, EXECUTE_CALL, 4)) {
      const [result, ...called] = args;
      return calls.run({ module: called[0], name: called[1], args: called[2], caller }, (outcome) =>
        tuple(result, ...answer(outcome)),
      );
    }
    if (isErpc(entry, EXECUTE_CAST, 3)) {
      return calls.run({ module: args[0], name: args[1], args: args[2], caller }, exitReason);
    }
    return calls.run({ module, name, args, caller }, exitReason);
  };
}

function isErpc({ module, name, args }: Entry, wanted: typeof name, arity: number): boolean {
  return module === ERPC && name === wanted && args.length === arity;
}

/** What follows the reference in the reason that `erpc` waits for. */
function answer({ kind, value, stack }: Outcome): EncodableTerm[] {
  return kind === 'error' ? [ERROR, value, stack] : [atom(kind), value];
}

/** Why a process ends whose function has come to this outcome. */
function exitReason({ kind, value, stack }: Outcome): EncodableTerm {
  if (kind === 'return') return NORMAL;
  if (kind === 'exit') return value;
  return tuple(kind === 'throw' ? tuple(NOCATCH, value) : value, stack);
}
