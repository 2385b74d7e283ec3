/** What a program gives to be a server: plain functions, which may be asynchronous. */
import { HiddenNodeError } from '../errors.ts';
import type { MailboxOptions } from '../process/mailbox.ts';
import type { EncodableTerm, Term } from '../term/term.ts';
import type { From } from './server-requests.ts';

class NoReply {
  declare private readonly isNoReply: true;
}

/** Returned by a `call` handler that leaves the answer for later: see {@link Server.reply}. It is no term itself. */
export const NO_REPLY: NoReply = new NoReply();

/** What a `call` handler gives: the answer, or none yet. */
export type Reply = EncodableTerm | NoReply;

/** What failed, for the handler `error`. */
export interface ServerFailure {
  /** The handler that threw. */
  kind: 'call' | 'cast' | 'info' | 'terminate';
  /** What the handler was given. */
  message: Term;
  /** Who called. */
  from: From | undefined;
}

/**
 * The callbacks of {@link HiddenNode.serve}. All are optional, and an object of a class will do, whose fields are then the state.
 * Erlang documentation: stdlib, `gen_server`, section "Callback Functions".
 */
export interface ServerHandlers {
  /**
   * Answers `gen_server:call`: what it returns is the answer. What it throws reaches the caller as if the server had crashed.
   * Default: each call fails with `{undef, ...}`.
   */
  call?(request: Term, from: From): Reply | Promise<Reply>;
  /** Takes `gen_server:cast`. Default: it is dropped. */
  cast?(request: Term): void | Promise<void>;
  /** Takes every other message, such as `{'DOWN', ...}`. Default: it is dropped. */
  info?(message: Term): void | Promise<void>;
  /**
   * Cleans up. It is called once, however the server ends: before the process ends when the server is closed, stopped by
   * `gen_server:stop` or crashes, and after that when an exit signal or the end of the node ended it.
   */
  terminate?(reason: Term): void | Promise<void>;
  /**
   * The answer to `sys:get_state`, and a part of that to `sys:get_status`. Default: `sys:get_state` fails there. Callers of a release before
   * OTP 26.1 see `{ok, State}`, as they do with a server of a later one.
   */
  state?(): EncodableTerm | Promise<EncodableTerm>;
  /**
   * Is told what the other handlers throw. Default: nothing is told of what a caller is told; anything else becomes an uncaught exception of
   * the process, unless the server crashes of it.
   */
  error?(error: unknown, failure: ServerFailure): void;
}

/** Options of {@link HiddenNode.serve}; those of a mailbox only count when `serve` makes it. */
export interface ServeOptions extends MailboxOptions {
  /**
   * How many requests are handled at once. With 1 each waits until the handlers of those before it have ended, as in a gen_server, so state is
   * safe across an `await`. `Infinity` sets no limit. Default: 1.
   */
  concurrency?: number | undefined;
  /** What a `call`, `cast` or `info` handler throws ends the server with that reason, as in a gen_server. Default: false. */
  crash?: boolean | undefined;
}

/** @throws `invalid_argument` */
export function assertHandlers(handlers: ServerHandlers, { concurrency = 1 }: ServeOptions): void {
  if (typeof handlers !== 'object' || handlers === null) {
    throw new HiddenNodeError('invalid_argument', 'a server is an object of handlers', { kind: typeof handlers });
  }
  if (concurrency !== Number.POSITIVE_INFINITY && !(Number.isInteger(concurrency) && concurrency > 0)) {
    const message = `the concurrency of a server is a whole number from 1, or Infinity, not ${concurrency}`;
    throw new HiddenNodeError('invalid_argument', message, { concurrency });
  }
}
