/**
 * Process groups: a scope is a set of groups that the nodes of a cluster share, without a master and without locks.
 * Erlang documentation: kernel application, `pg`.
 */
import { HiddenNodeError } from '../errors.ts';
import type { LocalProcess } from '../process/local-process.ts';
import type { Processes } from '../process/processes.ts';
import { type Atom, atom } from '../term/atom.ts';
import { type DecodeOptions, decode } from '../term/decoder.ts';
import { encode } from '../term/encoder.ts';
import { ANY, matches } from '../term/pattern.ts';
import { Pid } from '../term/pid.ts';
import { Reference } from '../term/reference.ts';
import type { EncodableTerm, Term } from '../term/term.ts';
import { TermMap } from '../term/term-map.ts';
import { type Tuple, tuple } from '../term/tuple.ts';
import type { GroupTable } from './group-table.ts';
import { LocalMembers } from './local-members.ts';
import { PgMonitor } from './pg-monitor.ts';
import { PgPeers } from './pg-peers.ts';
import { type GroupChange, type PgVersion, parse } from './pg-protocol.ts';

const DOWN = tuple(atom('DOWN'), ANY, ANY, ANY, ANY);
const SHUTDOWN = atom('shutdown');

/** Processes of this node: pids, or mailboxes and whatever else has a `pid`. */
export type Members = Pid | { readonly pid: Pid } | readonly (Pid | { readonly pid: Pid })[];

/** What a scope needs of its node. */
export interface PgOwner {
  readonly processes: Processes;
  /** How the terms decode that the node gives to its users. */
  readonly decode: DecodeOptions;
  /** The connected nodes, each with the version to begin with. */
  connected(): Iterable<[node: Atom, version: PgVersion]>;
  /** True for a process identifier of this node. */
  owns(pid: Pid): boolean;
  /** @throws `node_stopped` */
  assertRunning(): void;
  closed(scope: PgScope): void;
}

/** The process groups of one scope, with this node as a member among the others. Made by {@link HiddenNode.pg}. */
export class PgScope implements Disposable {
  readonly #owner: PgOwner;
  readonly #process: LocalProcess;
  readonly #peers: PgPeers;
  readonly #local: LocalMembers;
  readonly #scopeMonitors = new Set<PgMonitor>();
  readonly #groupMonitors = new TermMap<Set<PgMonitor>>();
  #closed = false;

  /** The name of the scope, under which its process is registered on every node. */
  readonly name: string;

  /** @internal */
  constructor(owner: PgOwner, name: string) {
    this.#owner = owner;
    this.name = name;
    const registered = atom(name);
    const behaviour = { deliver: (message: Term) => this.#deliver(message) };
    this.#process = owner.processes.start(behaviour, { name: registered, permanent: true });
    this.#local = new LocalMembers(this.#process, owner.processes);
    this.#peers = new PgPeers(registered, {
      process: this.#process,
      processes: owner.processes,
      local: this.#local.table,
      changed: (change) => this.#tellMonitors(change),
    });
    for (const [node, version] of owner.connected()) this.#peers.nodeUp(node, version);
  }

  /**
   * Makes processes members of a group. One that joins twice is a member twice, and leaves twice. A process leaves its groups when it ends;
   * one that has ended joins none.
   *
   * @param group - any term; a string is a binary, as in every message
   * @param members - a mailbox, a pid of this node, or several
   * @throws `invalid_argument` for a process of another node, `not_a_term`, `term_too_deep`, `scope_closed`, `node_stopped`
   * @see Erlang documentation: kernel, `pg:join/3`
   */
  join(group: EncodableTerm, members: Members): void {
    const key = this.#key(group);
    const joined = this.#local.join(key, this.#own(members));
    if (joined.length === 0) return;
    this.#changed([{ group: key, joined, left: [] }]);
  }

  /**
   * Makes processes leave a group, each once.
   *
   * @returns false when none of them was a member
   * @throws as {@link join}
   * @see Erlang documentation: kernel, `pg:leave/3`
   */
  leave(group: EncodableTerm, members: Members): boolean {
    const key = this.#key(group);
    const left = this.#local.leave(key, this.#own(members));
    if (left.length === 0) return false;
    this.#changed([{ group: key, joined: [], left }]);
    return true;
  }

  /** The members of a group on all nodes, as far as they are known here. Erlang documentation: `pg:get_members/2`. */
  members(group: EncodableTerm): Pid[] {
    return this.#tables().flatMap((table) => [...table.members(group)]);
  }

  /** The members of a group on this node. Erlang documentation: `pg:get_local_members/2`. */
  localMembers(group: EncodableTerm): Pid[] {
    return this.#closed ? [] : [...this.#local.table.members(group)];
  }

  /** The groups that have members anywhere. Erlang documentation: `pg:which_groups/1`. */
  groups(): Term[] {
    const all = new TermMap<undefined>();
    for (const table of this.#tables()) for (const group of table.groups()) all.set(group, undefined);
    return [...all.keys()];
  }

  /** The groups that have members on this node. Erlang documentation: `pg:which_local_groups/1`. */
  localGroups(): Term[] {
    return this.#closed ? [] : [...this.#local.table.groups()];
  }

  /**
   * Sends a message to every member of a group that is known here, as often as it is a member.
   *
   * @returns how many messages that were
   * @throws `not_a_term`, `term_too_deep`, `scope_closed`, `node_stopped`
   */
  broadcast(group: EncodableTerm, message: EncodableTerm): number {
    this.#assertOpen();
    const members = this.members(group);
    for (const pid of members) this.#owner.processes.nodes.to(pid.node).send(pid, message);
    return members.length;
  }

  /**
   * Tells of every change of a group from now on. {@link members}, when it is called right after this, is what these changes are to.
   *
   * @throws `not_a_term`, `term_too_deep`, `scope_closed`, `node_stopped`
   * @see Erlang documentation: kernel, `pg:monitor/2`
   */
  monitor(group: EncodableTerm): PgMonitor {
    const key = this.#key(group);
    const monitors = this.#groupMonitors.get(key) ?? new Set();
    const monitor = new PgMonitor(() => {
      monitors.delete(monitor);
      if (monitors.size === 0 && this.#groupMonitors.get(key) === monitors) this.#groupMonitors.delete(key);
    });
    this.#groupMonitors.set(key, monitors.add(monitor));
    return monitor;
  }

  /**
   * Tells of every change of any group from now on.
   *
   * @throws `scope_closed`, `node_stopped`
   * @see Erlang documentation: kernel, `pg:monitor_scope/1`
   */
  monitorScope(): PgMonitor {
    this.#assertOpen();
    const monitor = new PgMonitor(() => this.#scopeMonitors.delete(monitor));
    this.#scopeMonitors.add(monitor);
    return monitor;
  }

  /** Leaves the scope: its members here are members no more, nothing is known of the others, and monitors end. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#peers.stop();
    // Other nodes monitor the process, and forget the members here when it ends.
    this.#owner.processes.end(this.#process, SHUTDOWN);
    for (const monitors of [this.#scopeMonitors, ...[...this.#groupMonitors].map(([, each]) => each)]) {
      for (const monitor of monitors) monitor.end();
    }
    this.#owner.closed(this);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal A connection came up. */
  nodeUp(node: Atom, version: PgVersion): void {
    this.#peers.nodeUp(node, version);
  }

  /** @internal A connection is lost, of which monitors have told already. */
  nodeDown(node: Atom): void {
    this.#peers.nodeDown(node);
  }

  #deliver(message: Term): void {
    const parsed = parse(message);
    if (parsed !== undefined) return this.#peers.received(parsed);
    if (!matches(DOWN, message)) return;
    const [, reference, , pid] = (message as Tuple<Term[]>).elements;
    if (!(reference instanceof Reference && pid instanceof Pid) || this.#peers.down(reference, pid)) return;
    const changes = this.#local.ended(reference, pid);
    if (changes.length > 0) this.#changed(changes);
  }

  /** On this node. */
  #changed(changes: readonly GroupChange[]): void {
    this.#peers.tell(changes);
    for (const change of changes) this.#tellMonitors(change);
  }

  #tellMonitors(change: GroupChange): void {
    for (const monitor of this.#scopeMonitors) monitor.put(change);
    for (const monitor of this.#groupMonitors.get(change.group) ?? []) monitor.put(change);
  }

  #tables(): GroupTable[] {
    return this.#closed ? [] : [this.#local.table, ...this.#peers.tables()];
  }

  /** A copy, since what is changed in a term later must not change the name of a group. */
  #key(group: EncodableTerm): Term {
    this.#assertOpen();
    return decode(encode(group), { ...this.#owner.decode, floats: 'exact' });
  }

  #own(members: Members): Pid[] {
    const all = members instanceof Pid || !Array.isArray(members) ? [members as Pid | { pid: Pid }] : members;
    return all.map((each) => {
      const pid = each instanceof Pid ? each : each?.pid;
      if (pid instanceof Pid && this.#owner.owns(pid)) return pid;
      throw new HiddenNodeError('invalid_argument', 'members of a group are mailboxes and pids of this node', {
        kind: typeof each,
        node: pid instanceof Pid ? pid.node.name : undefined,
      });
    });
  }

  #assertOpen(): void {
    this.#owner.assertRunning();
    if (!this.#closed) return;
    throw new HiddenNodeError('scope_closed', `the pg scope ${this.name} was closed`, { scope: this.name });
  }
}
