/**
 * Why a process ends whose function threw: what its links and monitors are told.
 * Erlang Reference Manual: "Processes", section "Process Termination"; stdlib, `gen_server`, for what is thrown.
 */
import { atom } from '../term/atom.ts';
import { decode } from '../term/decoder.ts';
import { encode } from '../term/encoder.ts';
import type { EncodableTerm, Term } from '../term/term.ts';
import { tuple } from '../term/tuple.ts';
import { caught } from './exception.ts';

const JS_ERROR = atom('js_error');
const BAD_RETURN_VALUE = atom('bad_return_value');

/**
 * Turns what a function threw into a reason:
 *
 * - an error: `{Reason, Stack}`
 * - an exit: its reason
 * - what is thrown as a value, as a gen_server has it that throws anything but a result: `{bad_return_value, Value}`
 *
 * @param below - the file that called the function, see {@link caught}
 */
export function exitReason(thrown: unknown, below?: string): Term {
  const { exceptionClass, reason, stack } = caught(thrown, below);
  if (exceptionClass === 'error') return sendable(tuple(reason, stack));
  return sendable(exceptionClass === 'exit' ? reason : tuple(BAD_RETURN_VALUE, reason));
}

/** A reason is sent inside of other terms: one that is as deep as a term may be would be too deep there. */
export function sendable(reason: EncodableTerm): Term {
  try {
    encode(tuple(reason));
    return decode(encode(reason), { floats: 'exact' });
  } catch {
    return tuple(JS_ERROR, Buffer.from('term_too_deep'), Buffer.from('the reason has no term that can be sent'));
  }
}
