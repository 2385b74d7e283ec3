/**
 * What a node can do with the names and groups that its cluster shares.
 * Erlang documentation: kernel, `global` and `pg`.
 */
import type { GlobalNames } from './names/global-names.ts';
import type { PgScope } from './names/pg-scope.ts';
import { RpcVerbs } from './rpc-verbs.ts';

/** The scope of `pg` when none is named. */
const DEFAULT_SCOPE = 'pg';

export abstract class NameVerbs extends RpcVerbs {
  /** The global names of the cluster: registers them for processes of this node, finds processes by them, and sends to them. */
  get global(): GlobalNames {
    return this.runtime.names.global;
  }

  /**
   * Takes part in the process groups of a scope, as a member among the nodes that do. The same scope is given each time, until it is closed.
   *
   * @param scope - its name; default: `pg`, Erlang's default scope. That of `Phoenix.PubSub` is `Elixir.Phoenix.PubSub`
   * @throws `registered_name_taken` when a mailbox has the name, `invalid_argument`, `node_stopped`
   * @see Erlang documentation: kernel, `pg`
   */
  pg(scope: string = DEFAULT_SCOPE): PgScope {
    return this.runtime.names.pg.open(scope);
  }
}
