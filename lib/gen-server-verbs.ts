/**
 * What a node can do with servers: call those of any node, and be one.
 * Erlang documentation: stdlib, `gen_server`.
 */
import { NodeEmitter } from './events.ts';
import { assertServer, type Registered } from './process/destination.ts';
import type { Mailbox } from './process/mailbox.ts';
import { type MultiCallResult, multiCall } from './rpc/multi-call.ts';
import type { Server } from './rpc/server.ts';
import type { ServeOptions, ServerHandlers } from './rpc/server-handlers.ts';
import type { Runtime } from './runtime.ts';
import { atom } from './term/atom.ts';
import type { Pid } from './term/pid.ts';
import type { EncodableTerm, Term } from './term/term.ts';
import { tuple } from './term/tuple.ts';

const GEN_CAST = atom('$gen_cast');

/** How long a call waits for its answer when the caller does not say, in milliseconds: that of `gen_server:call/2`. */
export const CALL_TIMEOUT = 5_000;

/** How long to wait, and what ends the wait early. */
export interface WaitOptions {
  /** Milliseconds. */
  timeout?: number | undefined;
  signal?: AbortSignal | undefined;
}

export abstract class GenServerVerbs extends NodeEmitter {
  /** The process that messages of `send` and `cast` come from. */
  abstract readonly pid: Pid;

  /** @internal */
  protected abstract readonly runtime: Runtime;

  /**
   * Calls a server: a `gen_server`, a `gen_statem`, a `GenServer` of Elixir, or a {@link serve} of another node or this one. Without a connection one
   * is opened. Calls, and what is sent afterwards, arrive in the order in which they were made. The server is monitored meanwhile, and an
   * answer that comes too late is dropped.
   *
   * @param to - a pid, or `registered(name, node)`
   * @param request - any term
   * @param options.timeout - milliseconds for everything; default 5000, `Infinity` waits for ever
   * @param options.signal - gives up when it fires; the server handles the request all the same
   * @returns the answer
   * @throws HiddenNodeError
   *   - `process_down` when the server does not exist, or ended before it answered: the fact `reason` is `noproc` or that of the process
   *   - `noconnection` when the connection is lost before the answer
   *   - `timeout`, `aborted`, `node_stopped`, `not_a_term`, `term_too_deep`, `invalid_argument`
   *   - when there is no connection and none comes about, what {@link HiddenNode.connect} rejects with
   * @see Erlang documentation: stdlib, `gen_server:call/3`
   */
  call<T extends Term = Term>(to: Pid | Registered, request: EncodableTerm, options: WaitOptions = {}): Promise<T> {
    const { timeout = CALL_TIMEOUT, signal } = options;
    return this.runtime.call(to, request, { timeout, signal }) as Promise<T>;
  }

  /**
   * Sends a request to a server without waiting for anything. Like `send` it opens a connection if need be.
   *
   * @param to - a pid, or `registered(name, node)`
   * @returns as {@link HiddenNode.send}
   * @throws as {@link HiddenNode.send}
   * @see Erlang documentation: stdlib, `gen_server:cast/2`
   */
  cast(to: Pid | Registered, request: EncodableTerm): boolean {
    assertServer(to);
    return this.runtime.send(this.pid, to, tuple(GEN_CAST, request));
  }

  /**
   * Calls the servers of one name on many nodes at once, and waits until each has answered or failed.
   *
   * @param nodes - full names; this node may be among them
   * @param name - the registered name
   * @param request - any term
   * @param options.timeout - milliseconds for everything; default 5000, `Infinity` waits for ever
   * @returns the answers, and for each node without one the error with which {@link call} would have rejected
   * @throws what no node is to blame for: `aborted`, `node_stopped`, `not_a_term`, `term_too_deep`, `invalid_argument`
   * @see Erlang documentation: stdlib, `gen_server:multi_call/4`
   */
  multiCall<T extends Term = Term>(
    nodes: readonly string[],
    name: string,
    request: EncodableTerm,
    options: WaitOptions = {},
  ): Promise<MultiCallResult<T>> {
    return multiCall<T>(nodes, name, (to) => this.call(to, request, options));
  }

  /**
   * Makes a server: a process of this node that answers `gen_server:call`, `gen_server:cast`, `gen_server:stop` and their like.
   *
   * What a handler throws ends that one request, not the server, unless the option `crash` is set: the caller's `gen_server:call` exits as if the
   * server had crashed, with `{Reason, Stack}` for an error (`{js_error, Name, Message}` is the reason of one that is no {@link ErlangException}), with the
   * reason of an exit, and with `{bad_return_value, Value}` for a value. What `cast` and `info` throw is an uncaught exception
   * of the process, unless there is a handler `error`.
   *
   * @param where - the name to register; undefined for a server known by its pid only; or a mailbox of this node, whose messages the server
   *   takes from now on
   * @param handlers - see {@link ServerHandlers}
   * @param options.concurrency - how many requests are handled at once; default 1
   * @param options.crash - what a handler throws ends the server; default false
   * @param options.trapExit and others - those of {@link HiddenNode.mailbox}
   * @throws `registered_name_taken`, `invalid_argument`, `node_stopped`
   * @see Erlang documentation: stdlib, `gen_server`
   *
   * @example
   * const server = node.serve('calc', {
   *   async call(request) {
   *     const [, a, b] = request; // gen_server:call({calc, 'js@127.0.0.1'}, {add, 1, 2}) gives 3
   *     return a + b;
   *   },
   * });
   */
  serve(where: string | Mailbox | undefined, handlers: ServerHandlers, options: ServeOptions = {}): Server {
    return this.runtime.serve(where, handlers, options);
  }
}
