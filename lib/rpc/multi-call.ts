/**
 * One request to the servers of one name on many nodes.
 * Erlang documentation: stdlib, `gen_server:multi_call/4`.
 */
import { type ErrorCode, HiddenNodeError } from '../errors.ts';
import { Registered } from '../process/destination.ts';
import { atom } from '../term/atom.ts';
import type { Term } from '../term/term.ts';

/** What the nodes of a {@link HiddenNode.multiCall} answered, each by its name. */
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
 * Calls a server on every node at once.
 *
 * @param nodes - full names; one that is named twice is called once
 * @param call - calls one server
 * @throws what has nothing to do with a node, such as `not_a_term`
 */
export async function multiCall<T extends Term>(
  nodes: readonly string[],
  name: string,
  call: (to: Registered) => Promise<Term>,
): Promise<MultiCallResult<T>> {
  const replies = new Map<string, T>();
  const failed = new Map<string, HiddenNodeError>();
  const server = atom(name);
  const one = async (node: string): Promise<void> => {
    try {
      replies.set(node, (await call(new Registered(server, atom(node)))) as T);
    } catch (error) {
      if (!(error instanceof HiddenNodeError) || OF_THE_CALLER.has(error.code)) throw error;
      failed.set(node, error);
    }
  };
  await Promise.all([...new Set(nodes)].map(one));
  return { replies, failed };
}
