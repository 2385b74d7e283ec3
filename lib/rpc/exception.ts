/**
 * What a function of this node throws, as Erlang sees it: a class, a reason and a stack.
 * Erlang Reference Manual: "Errors and Error Handling".
 */
import { HiddenNodeError } from '../errors.ts';
import { atom } from '../term/atom.ts';
import { charlist } from '../term/charlist.ts';
import { decode } from '../term/decoder.ts';
import { encode } from '../term/encoder.ts';
import type { EncodableTerm, Term } from '../term/term.ts';
import { tuple } from '../term/tuple.ts';

/** The three ways to end a function early in Erlang. */
export type ExceptionClass = 'error' | 'exit' | 'throw';

/**
 * Thrown by a function that this node serves, it reaches the caller as exactly this exception.
 *
 * Any other error reaches Erlang as one of class `error` with the reason `{js_error, Name, Message}` (two binaries), and a value that is no
 * `Error` as one of class `throw`.
 *
 * @example throw new ErlangException('error', atom('badarg'))
 */
export class ErlangException extends Error {
  override readonly name = 'ErlangException';

  /**
   * @param exceptionClass - `error`, `exit` or `throw`
   * @param reason - any term
   * @throws HiddenNodeError `invalid_argument` for another class; `not_a_term`, `term_too_deep` for a reason that is no term
   */
  constructor(
    readonly exceptionClass: ExceptionClass,
    readonly reason: EncodableTerm,
  ) {
    if (!['error', 'exit', 'throw'].includes(exceptionClass)) {
      throw new HiddenNodeError(
        'invalid_argument',
        `an exception is an error, an exit or a throw, not ${exceptionClass}`,
        {
          exceptionClass,
        },
      );
    }
    encode(reason);
    super(`an Erlang exception of class ${exceptionClass}`);
  }
}

/** What was thrown, in Erlang's terms. */
export interface Caught {
  exceptionClass: ExceptionClass;
  reason: Term;
  /** `[{Module, Function, Arity, [{file, File}, {line, Line}]}]`, the innermost first. */
  stack: EncodableTerm;
}

const JS_ERROR = atom('js_error');
const JS = atom('js');
const FILE = atom('file');
const LINE = atom('line');

/** How many functions of the stack are told: Erlang's default `backtrace_depth`. */
const STACK_DEPTH = 8;

/** The longest name and text that are passed on, in characters: an atom has 255. */
const LONGEST_NAME = 255;
const LONGEST_TEXT = 10_000;

/** Turns whatever was thrown into an exception of Erlang. Never throws itself. */
export function caught(thrown: unknown): Caught {
  const stack = thrown instanceof Error ? stackOf(thrown) : [];
  if (thrown instanceof ErlangException) {
    return { exceptionClass: thrown.exceptionClass, reason: termOf(thrown.reason), stack };
  }
  if (!(thrown instanceof Error))
    return { exceptionClass: 'throw', reason: termOf(thrown as EncodableTerm), stack: [] };
  const name = thrown instanceof HiddenNodeError ? thrown.code : thrown.name;
  return { exceptionClass: 'error', reason: tuple(JS_ERROR, text(name), text(thrown.message)), stack };
}

function text(value: unknown): Buffer {
  return Buffer.from(String(value).slice(0, LONGEST_TEXT));
}

/** What is no term is passed on as text. */
function termOf(value: EncodableTerm): Term {
  try {
    return decode(encode(value), { floats: 'exact' });
  } catch {
    return text(value);
  }
}

function stackOf(error: Error): EncodableTerm {
  const lines = String(error.stack ?? '').split('\n');
  const frames: EncodableTerm[] = [];
  for (const line of lines) {
    const [, name = 'anonymous', file, number] = /^ {4}at (?:(.+) \()?(.+?):(\d+):\d+\)?$/.exec(line) ?? [];
    if (file === undefined) continue;
    const where = [tuple(FILE, charlist(file.replace(/^file:\/\//, ''))), tuple(LINE, Number(number))];
    frames.push(tuple(JS, atom(name.slice(0, LONGEST_NAME)), 0, where));
    if (frames.length === STACK_DEPTH) break;
  }
  return frames;
}
