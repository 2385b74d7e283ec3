/**
 * One request to many nodes.
 * Erlang documentation: stdlib, `gen_server:multi_call/4`; kernel, `rpc:multicall/5`.
 */
import { type ErrorCode, HiddenNodeError } from '../errors.ts';
import { Registered } from '../process/destination.ts';
import { atom } from '../term/atom.ts';
import type { Term } from '../term/term.ts';

/**
 * What the nodes of a {@link HiddenNode.multiCall} or {@link HiddenNode.multiRpc} answered, each by its name, in the order in which they
 * were named.
 */
export interface MultiCallResult<T extends Term = Term> {
  replies: Map<string, T>;
  /** For each node without an answer the error with which a call to it alone would have rejected. */
  failed: Map<string, HiddenNodeError>;
}

/** Failures that are not those of a node: with them the whole call fails. */
const OF_THE_CALLER: ReadonlySet<ErrorCode> = new Set([
  'aborted',
  'invalid_argument',
  'node_stopped',
  'not_a_term',
  'term_too_deep',
]);

/**
 * Asks every node at once, and waits for all.
 *
 * @param nodes - full names; one that is named twice is asked once
 * @param ask - asks one node
 * @throws what has nothing to do with a node, such as `not_a_term`
 */
export async function onEach<T extends Term>(
  nodes: readonly string[],
  ask: (node: string) => Promise<Term>,
): Promise<MultiCallResult<T>> {
  const result: MultiCallResult<T> = { replies: new Map(), failed: new Map() };
  const one = async (node: string): Promise<() => void> => {
    try {
      const reply = (await ask(node)) as T;
      return () => result.replies.set(node, reply);
    } catch (error) {
      if (!(error instanceof HiddenNodeError) || OF_THE_CALLER.has(error.code)) throw error;
      return () => result.failed.set(node, error);
    }
  };
  for (const note of await Promise.all([...new Set(nodes)].map(one))) note();
  return result;
}

/**
 * Calls a server on every node at once.
 *
 * @param call - calls one server
 * @throws see {@link onEach}
 */
export async function multiCall<T extends Term>(
  nodes: readonly string[],
  name: string,
  call: (to: Registered) => Promise<Term>,
): Promise<MultiCallResult<T>> {
  const server = atom(name);
  return onEach<T>(nodes, (node) => call(new Registered(server, atom(node))));
}
