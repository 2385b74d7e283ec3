/** The `pg` scopes of a node. */
import type { Atom } from '../term/atom.ts';
import type { PgVersion } from './pg-protocol.ts';
import { type PgOwner, PgScope } from './pg-scope.ts';

export class PgScopes {
  readonly #scopes = new Map<string, PgScope>();

  constructor(private readonly owner: Omit<PgOwner, 'closed'>) {}

  /** The scope of this name, which begins with the first call. @throws `registered_name_taken`, `invalid_argument`, `node_stopped` */
  open(name: string): PgScope {
    this.owner.assertRunning();
    const known = this.#scopes.get(name);
    if (known !== undefined) return known;
    const scope = new PgScope({ ...this.owner, closed: () => this.#scopes.delete(name) }, name);
    this.#scopes.set(name, scope);
    return scope;
  }

  nodeUp(node: Atom, version: PgVersion): void {
    for (const scope of this.#scopes.values()) scope.nodeUp(node, version);
  }

  nodeDown(node: Atom): void {
    for (const scope of this.#scopes.values()) scope.nodeDown(node);
  }

  stop(): void {
    for (const scope of [...this.#scopes.values()]) scope.close();
  }
}
