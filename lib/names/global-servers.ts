/**
 * Whom to ask about global names. A hidden node has no part in `global`: it asks the visible Erlang nodes that it is connected to, any of
 * which knows the names of its cluster.
 */
import type { Deadline } from '../deadline.ts';
import { type ErrorCode, HiddenNodeError, isHiddenNodeError } from '../errors.ts';
import type { Atom } from '../term/atom.ts';
import type { EncodableTerm, Term } from '../term/term.ts';

/** How long asking may take when the caller does not say, in milliseconds. */
export const ASK_TIMEOUT = 5_000;

/** Whom to ask about global names, and how long to wait. */
export interface GlobalOptions {
  /** The nodes to ask, in this order, connecting first if need be. Default: all visible nodes that are connected. */
  via?: string | readonly string[] | undefined;
  /** Milliseconds for everything. Default: 5000. */
  timeout?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** What asking needs of the node. */
export interface GlobalServersOwner {
  /** The connected nodes that take part in `global`. */
  visibleNodes(): Atom[];
  isConnected(node: Atom): boolean;
  /** The atom of a node's name. @throws `invalid_node_name`, `node_stopped` */
  peer(name: string): Atom;
  /** Calls a function of the module `global` on a node, connecting first if need be. `timeout` is in milliseconds. */
  call(node: Atom, name: string, args: readonly EncodableTerm[], timeout: number): Promise<Term>;
}

/** Whom to ask, in this order; undefined: all visible nodes that are connected. */
export type Via = readonly Atom[] | undefined;

export interface Answer {
  /** Who gave it. */
  readonly node: Atom;
  readonly answer: Term;
}

/** No other node would do better. */
const FINAL: ReadonlySet<ErrorCode> = new Set([
  'invalid_argument',
  'invalid_node_name',
  'name_domain_mismatch',
  'not_a_term',
  'term_too_deep',
  'node_stopped',
  'aborted',
]);

export class GlobalServers {
  /** Who answered last is asked first. */
  #last: Atom | undefined;

  constructor(private readonly owner: GlobalServersOwner) {}

  /**
   * Asks one node after another until one answers. Each gets its share of the time, so that one that hangs leaves some for the others.
   *
   * @param name - the name of a function of `global`
   * @param via - whom to ask; undefined: all
   * @throws `global_unavailable` with the latest failure as its cause, `timeout`, `aborted`, and what is wrong with the question
   */
  async ask(deadline: Deadline, via: Via, name: string, args: readonly EncodableTerm[]): Promise<Answer> {
    const nodes = via ?? this.#connected();
    let failure: unknown;
    for (const [place, node] of nodes.entries()) {
      try {
        if (via === undefined) this.#assertConnected(node);
        const answer = await this.#call(deadline, nodes.length - place, node, name, args);
        this.#last = node;
        return { node, answer };
      } catch (error) {
        if (!isHiddenNodeError(error) || FINAL.has(error.code)) throw error;
        failure = error;
      }
    }
    if (isHiddenNodeError(failure, 'timeout')) throw failure;
    throw unavailable(nodes, failure);
  }

  /**
   * Asks one node, which is not connected to for that.
   *
   * @throws `noconnection`, and as a remote call
   */
  async askNode(deadline: Deadline, node: Atom, name: string, args: readonly EncodableTerm[]): Promise<Term> {
    this.#assertConnected(node);
    return this.#call(deadline, 1, node, name, args);
  }

  /** The nodes that `via` of the options names. @throws `invalid_node_name`, `invalid_argument`, `node_stopped` */
  via({ via }: GlobalOptions): Via {
    if (via === undefined) return undefined;
    const names = [via].flat();
    if (names.length > 0) return names.map((name) => this.owner.peer(name));
    throw new HiddenNodeError('invalid_argument', 'via names at least one node', { via });
  }

  #call(deadline: Deadline, share: number, node: Atom, name: string, args: readonly EncodableTerm[]): Promise<Term> {
    const late = () =>
      new HiddenNodeError('timeout', `${node.name} did not answer about a global name within ${deadline.timeout} ms`, {
        node: node.name,
        timeout: deadline.timeout,
      });
    return deadline.race(this.owner.call(node, name, args, deadline.remaining() / share), late);
  }

  /** What is disconnected on request, perhaps while it is being asked, must stay so. */
  #assertConnected(node: Atom): void {
    if (this.owner.isConnected(node)) return;
    throw new HiddenNodeError('noconnection', `there is no connection to ${node.name}`, { node: node.name });
  }

  #connected(): Atom[] {
    const nodes = this.owner.visibleNodes();
    return nodes.sort((a, b) => Number(b === this.#last) - Number(a === this.#last));
  }
}

function unavailable(nodes: readonly Atom[], cause: unknown): HiddenNodeError {
  const names = nodes.map(({ name }) => name);
  const message =
    names.length === 0
      ? 'no visible Erlang node is connected, and only these know global names'
      : `no node answered about a global name: ${names.join(', ')}`;
  return new HiddenNodeError('global_unavailable', message, { nodes: names }, cause);
}
