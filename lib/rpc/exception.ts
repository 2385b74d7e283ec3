/**
 * What a function of this node throws, as Erlang sees it: a class, a reason and a stack.
 * Erlang Reference Manual: "Errors and Error Handling".
 */
import { fileURLToPath } from 'node:url';
import { types } from 'node:util';
import { HiddenNodeError } from '../errors.ts';
import { type Atom, atom, isAtomName } from '../term/atom.ts';
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
  /** `{Module, Function, Arity, [{file, File}, {line, Line}]}` for each function, the innermost first. */
  stack: EncodableTerm[];
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

/**
 * Turns whatever was thrown into an exception of Erlang. Never throws itself.
 *
 * @param below - the file that called the function: what its stack holds from there on is not the function's, and is left out
 */
export function caught(thrown: unknown, below?: string): Caught {
  try {
    if (!isError(thrown)) return { exceptionClass: 'throw', reason: termOf(thrown), stack: [] };
    const stack = stackOf(thrown, below);
    if (thrown instanceof ErlangException) {
      return { exceptionClass: thrown.exceptionClass, reason: termOf(thrown.reason), stack };
    }
    const name = thrown instanceof HiddenNodeError ? thrown.code : thrown.name;
    return { exceptionClass: 'error', reason: tuple(JS_ERROR, text(name), text(thrown.message)), stack };
  } catch {
    // An object whose own properties throw when they are read.
    return { exceptionClass: 'error', reason: tuple(JS_ERROR, text('Error'), text('unknown')), stack: [] };
  }
}

/** Also those of another realm. */
function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}

function text(value: unknown): Buffer {
  return Buffer.from(String(value).slice(0, LONGEST_TEXT));
}

/** What is no term is passed on as text. */
function termOf(value: unknown): Term {
  try {
    return decode(encode(value as EncodableTerm), { floats: 'exact' });
  } catch {
    return text(value);
  }
}

/** A line of a stack: `at name (file:line:column)` or `at file:line:column`. */
const FRAME = /^ {4}at (?:async )?(?:(.+?) \()?(.+?):(\d+):\d+\)?$/;

function stackOf(error: Error, below: string | undefined): EncodableTerm[] {
  const frames: EncodableTerm[] = [];
  for (const line of String(error.stack ?? '').split('\n')) {
    const [, name = 'anonymous', place, number] = FRAME.exec(line) ?? [];
    if (place === undefined) continue;
    const file = pathOf(place);
    if (file === below || frames.length === STACK_DEPTH) break;
    const where = [tuple(FILE, charlist(file)), tuple(LINE, Number(number))];
    frames.push(tuple(JS, atomOf(name), 0, where));
  }
  return frames;
}

function atomOf(name: string): Atom {
  const cut = name.slice(0, LONGEST_NAME);
  return atom(isAtomName(cut) ? cut : 'anonymous');
}

function pathOf(place: string): string {
  try {
    return place.startsWith('file:') ? fileURLToPath(place) : place;
  } catch {
    return place;
  }
}
