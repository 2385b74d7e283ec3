/**
 * What a node can do with functions: call those of other nodes, and let other nodes call its own.
 * Erlang documentation: kernel, `rpc` and `erpc`.
 */
import { GenServerVerbs } from './gen-server-verbs.ts';
import { rexCast, target } from './rpc/call.ts';
import type { ExposedFunctions, Exposure, ServedCall } from './rpc/expose.ts';
import { type MultiCallResult, onEach } from './rpc/multi-call.ts';
import type { RpcOptions } from './rpc/remote-calls.ts';
import type { EncodableTerm, Term } from './term/term.ts';

export abstract class RpcVerbs extends GenServerVerbs {
  /**
   * Calls a function on a node, connecting first if need be. Any number of calls may be under way to a node at once; each
   * runs in a process of its own there. As in Erlang, a function that throws (`throw/1`) returns what it threw. What it prints and
   * logs appears on its own node. A call to this node runs what is exposed here.
   *
   * @param name - the full name of the node
   * @param module - such as `erlang`, or `Elixir.Enum` for Elixir's `Enum`
   * @param fun - the name of the function
   * @param args - its arguments
   * @param options.timeout - milliseconds for everything; default 5000, `Infinity` waits for ever
   * @param options.signal - gives up when it fires; the function goes on at the node, and its result is dropped
   * @param options.via - `spawn` or `rex`, see {@link RpcOptions}; default: `spawn` where the peer takes spawn requests
   * @returns what the function returns
   * @throws HiddenNodeError
   *   - `badrpc` when the function does not exist or failed: the fact `reason` is that of `rpc:call`, a term; where they are known, `class` is
   *     `error` or `exit`, and `stack` a term
   *   - `noconnection` when the link is lost before the result
   *   - `timeout`, `aborted`, `node_stopped`, `not_a_term`, `invalid_argument`, and those of {@link HiddenNode.connect}
   * @see Erlang documentation: kernel, `rpc:call/5`
   */
  rpc<T extends Term = Term>(
    name: string,
    module: string,
    fun: string,
    args: readonly EncodableTerm[] = [],
    options: RpcOptions = {},
  ): Promise<T> {
    return this.runtime.rpc.call(name, module, fun, args, options) as Promise<T>;
  }

  /**
   * Calls a function on many nodes at once, and waits until each has answered or failed.
   *
   * @param nodes - full names; this node may be among them
   * @returns the results, and for each node without one the error with which {@link rpc} would have rejected
   * @throws what no node is to blame for: `aborted`, `node_stopped`, `not_a_term`, `term_too_deep`, `invalid_argument`
   * @see Erlang documentation: kernel, `rpc:multicall/5`, `erpc:multicall/5`
   */
  multiRpc<T extends Term = Term>(
    nodes: readonly string[],
    module: string,
    fun: string,
    args: readonly EncodableTerm[] = [],
    options: RpcOptions = {},
  ): Promise<MultiCallResult<T>> {
    return onEach<T>(nodes, (node) => this.rpc(node, module, fun, args, options));
  }

  /**
   * Calls a function on a node without an answer. Like `send` it opens a link if need be.
   *
   * @returns as {@link HiddenNode.send}
   * @throws as {@link HiddenNode.send}
   * @see Erlang documentation: kernel, `rpc:cast/4`
   */
  rpcCast(name: string, module: string, fun: string, args: readonly EncodableTerm[] = []): boolean {
    const { to, message } = rexCast(target(name, module, fun, args));
    return this.runtime.send(this.pid, to, message);
  }

  /**
   * Lets other nodes call functions: by `rpc`, by `erpc`, and as the start of a process (`spawn/4`). Nothing can be called that was not exposed.
   *
   * A function gets its arguments as decoded terms, and `this` as a {@link ServedCall}. What it returns, or its promise resolves to, is
   * the result. What it throws reaches the caller: an {@link ErlangException} as the exception that it says, any other error as one of class `error` with the
   * reason `{js_error, Name, Message}`, a value that is no error as one of class `throw`. It runs on while its caller may
   * have given up or gone.
   *
   * @param module - the name of the module, such as `calc`, or `Elixir.MyApp.Calc` for Elixir's `MyApp.Calc`. A module may be exposed in
   *   several parts
   * @param functions - an object; its own functions are exposed. `add` takes any number of arguments, `'add/2'` exactly two
   * @returns what takes them back
   * @throws `already_exposed`, and then nothing was exposed; `invalid_argument`, `node_stopped`
   * @see Erlang documentation: kernel, `rpc` and `erpc`; `erlang:spawn/4`
   *
   * @example
   * node.expose('calc', { add: (a: number, b: number) => a + b });
   * // rpc:call('js@127.0.0.1', calc, add, [1, 2]) gives 3
   */
  expose(module: string, functions: ExposedFunctions & ThisType<ServedCall>): Exposure {
    this.runtime.assertRunning();
    return this.runtime.exposed.add(module, functions);
  }
}
