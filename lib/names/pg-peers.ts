/**
 * The processes of a `pg` scope on other nodes, and the members that they have there.
 *
 * In Erlang each finds the others because nodes become visible to each other. A hidden node never does, so this one has to call first:
 * whenever a connection comes up, and again with growing pauses while the node is connected and no process of the scope has answered, since it may start, or
 * start again, at any time. To a node without the scope that is a small message every few seconds, which it drops.
 */
import { Backoff } from '../backoff.ts';
import type { LocalProcess } from '../process/local-process.ts';
import type { Processes } from '../process/processes.ts';
import type { Atom } from '../term/atom.ts';
import { equals } from '../term/equals.ts';
import type { Pid } from '../term/pid.ts';
import type { Reference } from '../term/reference.ts';
import type { EncodableTerm, Term } from '../term/term.ts';
import { GroupTable } from './group-table.ts';
import { changes, discover, type GroupChange, type PgMessage, type PgVersion, state } from './pg-protocol.ts';

/** The process of the scope on another node. There is one at a time, since it is registered. */
interface Peer {
  readonly pid: Pid;
  readonly reference: Reference;
  version: PgVersion;
  members: GroupTable;
}

/** A node that is connected, and has not answered. */
interface Search {
  readonly backoff: Backoff;
  timer: NodeJS.Timeout | undefined;
}

/** What {@link PgPeers} needs of its scope. */
export interface PgPeersOwner {
  readonly process: LocalProcess;
  readonly processes: Processes;
  /** The members on this node. */
  readonly local: GroupTable;
  changed(change: GroupChange): void;
}

export class PgPeers {
  /** The connected nodes, each with the version to begin with. */
  readonly #connected = new Map<Atom, PgVersion>();
  readonly #peers = new Map<Atom, Peer>();
  readonly #searches = new Map<Atom, Search>();

  /** @param name - that of the scope */
  constructor(
    private readonly name: Atom,
    private readonly owner: PgPeersOwner,
  ) {}

  nodeUp(node: Atom, version: PgVersion): void {
    this.#connected.set(node, version);
    this.#search(node);
  }

  /** The members of the node are gone with its process, of which DOWN has told. */
  nodeDown(node: Atom): void {
    this.#connected.delete(node);
    this.#endSearch(node);
  }

  received(message: PgMessage): void {
    const { from } = message;
    // A pid may name any node, and none is to be connected to for that.
    if (!this.#connected.has(from.node)) return;
    if (message.kind === 'discover') this.#discovered(from, message.version);
    else if (message.kind === 'state') this.#synchronise(from, message.version, message.groups);
    else this.#update(from, message.changes);
  }

  /** A monitor has fired. False when it was none of these. */
  down(reference: Reference, pid: Pid): boolean {
    const peer = this.#peers.get(pid.node);
    if (peer === undefined || !equals(peer.reference, reference)) return false;
    this.#remove(peer);
    if (this.#connected.has(pid.node)) this.#search(pid.node);
    return true;
  }

  /** Tells all of them of changes on this node. */
  tell(all: readonly GroupChange[]): void {
    for (const { pid, version } of this.#peers.values()) {
      for (const message of changes(this.owner.process.pid, version, all)) this.#send(pid, message);
    }
  }

  *tables(): IterableIterator<GroupTable> {
    for (const { members } of this.#peers.values()) yield members;
  }

  stop(): void {
    for (const node of [...this.#searches.keys()]) this.#endSearch(node);
    this.#connected.clear();
    this.#peers.clear();
  }

  #discovered(pid: Pid, version: PgVersion): void {
    const { process } = this.owner;
    this.#send(pid, state(process.pid, version, this.owner.local));
    const known = this.#known(pid);
    if (known !== undefined) {
      known.version = version;
      return;
    }
    this.#add(pid, version);
    this.#send(pid, discover(process.pid, this.#connected.get(pid.node)!));
  }

  #synchronise(pid: Pid, version: PgVersion, groups: Iterable<[Term, Pid[]]>): void {
    const peer = this.#known(pid) ?? this.#add(pid, version);
    const members = new GroupTable(groups);
    const all = [...peer.members.changesTo(members)];
    peer.version = version;
    peer.members = members;
    for (const change of all) this.owner.changed(change);
  }

  #update(pid: Pid, all: readonly GroupChange[]): void {
    const peer = this.#known(pid);
    if (peer === undefined) return;
    for (const { group, joined, left } of all) {
      const change = { group, joined, left: peer.members.leave(group, left) };
      peer.members.join(group, joined);
      if (joined.length + change.left.length > 0) this.owner.changed(change);
    }
  }

  #known(pid: Pid): Peer | undefined {
    const peer = this.#peers.get(pid.node);
    return peer !== undefined && equals(peer.pid, pid) ? peer : undefined;
  }

  #add(pid: Pid, version: PgVersion): Peer {
    const { process, processes } = this.owner;
    const before = this.#peers.get(pid.node);
    if (before !== undefined) {
      processes.monitors.demonitor(process, before.reference);
      this.#remove(before);
    }
    const reference = processes.monitors.monitor(process, pid);
    const peer = { pid, reference, version, members: new GroupTable() };
    this.#peers.set(pid.node, peer);
    this.#endSearch(pid.node);
    return peer;
  }

  #remove({ pid, members }: Peer): void {
    this.#peers.delete(pid.node);
    for (const change of members.changesTo(new GroupTable())) this.owner.changed(change);
  }

  #search(node: Atom): void {
    this.#endSearch(node);
    const search: Search = { backoff: new Backoff(), timer: undefined };
    this.#searches.set(node, search);
    this.#call(node, search);
  }

  #call(node: Atom, search: Search): void {
    const { process, processes } = this.owner;
    const message = discover(process.pid, this.#connected.get(node)!);
    processes.nodes.existing(node)?.registeredSend(process.pid, this.name, message);
    // The connection keeps the process alive, not this.
    search.timer = setTimeout(() => this.#call(node, search), search.backoff.next()).unref();
  }

  #endSearch(node: Atom): void {
    clearTimeout(this.#searches.get(node)?.timer);
    this.#searches.delete(node);
  }

  #send(to: Pid, message: EncodableTerm): void {
    this.owner.processes.nodes.existing(to.node)?.send(to, message);
  }
}
