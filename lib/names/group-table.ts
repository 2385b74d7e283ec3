/** The groups of a `pg` scope, as far as the processes of one node are members. */
import type { Pid } from '../term/pid.ts';
import type { EncodableTerm, Term } from '../term/term.ts';
import { TermMap } from '../term/term-map.ts';
import type { GroupChange } from './pg-protocol.ts';
import { PidBag } from './pid-bag.ts';

export class GroupTable {
  readonly #groups = new TermMap<PidBag>();

  /** @param groups - to begin with; what is said of a group twice adds up */
  constructor(groups: Iterable<readonly [group: Term, members: Iterable<Pid>]> = []) {
    for (const [group, members] of groups) this.join(group, members);
  }

  join(group: Term, pids: Iterable<Pid>): void {
    const bag = this.#groups.get(group) ?? new PidBag();
    for (const pid of pids) bag.add(pid);
    if (!bag.isEmpty) this.#groups.set(group, bag);
  }

  /** @returns those that were members, and are no more, or once less */
  leave(group: EncodableTerm, pids: Iterable<Pid>): Pid[] {
    const bag = this.#groups.get(group);
    if (bag === undefined) return [];
    const left = [...pids].filter((pid) => bag.remove(pid));
    if (bag.isEmpty) this.#groups.delete(group);
    return left;
  }

  members(group: EncodableTerm): Iterable<Pid> {
    return this.#groups.get(group) ?? [];
  }

  /** The groups that have members. */
  groups(): Iterable<Term> {
    return this.#groups.keys();
  }

  [Symbol.iterator](): IterableIterator<[group: Term, members: Iterable<Pid>]> {
    return this.#groups[Symbol.iterator]();
  }

  /** What has to change for this table to become another. */
  *changesTo(other: GroupTable): IterableIterator<GroupChange> {
    const all = new TermMap<undefined>();
    for (const table of [this, other]) for (const group of table.groups()) all.set(group, undefined);
    for (const group of all.keys()) {
      const left = new PidBag(this.members(group));
      const joined = [...other.members(group)].filter((pid) => !left.remove(pid));
      if (joined.length > 0 || !left.isEmpty) yield { group, joined, left: [...left] };
    }
  }
}
