/** The processes of this node that are members of the groups of a scope, each of which is watched so that it leaves when it ends. */
import { pidKey } from '../process/keys.ts';
import type { LocalProcess } from '../process/local-process.ts';
import type { Processes } from '../process/processes.ts';
import { equals } from '../term/equals.ts';
import type { Pid } from '../term/pid.ts';
import type { Reference } from '../term/reference.ts';
import type { Term } from '../term/term.ts';
import { TermMap } from '../term/term-map.ts';
import { GroupTable } from './group-table.ts';
import type { GroupChange } from './pg-protocol.ts';

interface Member {
  readonly pid: Pid;
  /** The monitor of the process. */
  readonly reference: Reference;
  /** How often it is a member of which group. */
  readonly groups: TermMap<number>;
}

export class LocalMembers {
  readonly table = new GroupTable();
  readonly #members = new Map<string, Member>();

  /** @param process - watches the members */
  constructor(
    private readonly process: LocalProcess,
    private readonly processes: Processes,
  ) {}

  /** @returns those that joined: processes that have ended do not */
  join(group: Term, pids: readonly Pid[]): Pid[] {
    const joined = pids.filter((pid) => this.processes.find(pid) !== undefined);
    for (const pid of joined) {
      const { groups } = this.#member(pid);
      groups.set(group, (groups.get(group) ?? 0) + 1);
    }
    this.table.join(group, joined);
    return joined;
  }

  /** @returns those that were members */
  leave(group: Term, pids: readonly Pid[]): Pid[] {
    const left = this.table.leave(group, pids);
    for (const pid of left) this.#leftOnce(this.#members.get(pidKey(pid))!, group);
    return left;
  }

  /** A process has ended: what it leaves by that. */
  ended(reference: Reference, pid: Pid): GroupChange[] {
    const member = this.#members.get(pidKey(pid));
    if (member === undefined || !equals(member.reference, reference)) return [];
    this.#members.delete(pidKey(pid));
    const all: GroupChange[] = [];
    const left = [pid];
    for (const [group, count] of member.groups) {
      for (let i = 0; i < count; i++) all.push({ group, joined: [], left });
      this.table.leave(group, Array<Pid>(count).fill(pid));
    }
    return all;
  }

  #member(pid: Pid): Member {
    const known = this.#members.get(pidKey(pid));
    if (known !== undefined) return known;
    const reference = this.processes.monitors.monitor(this.process, pid);
    const member = { pid, reference, groups: new TermMap<number>() };
    this.#members.set(pidKey(pid), member);
    return member;
  }

  #leftOnce({ pid, reference, groups }: Member, group: Term): void {
    const count = groups.get(group)!;
    if (count > 1) groups.set(group, count - 1);
    else groups.delete(group);
    if (groups.size > 0) return;
    this.#members.delete(pidKey(pid));
    this.processes.monitors.demonitor(this.process, reference);
  }
}
