/**
 * Keeps the global names of this node. Every Erlang node of the cluster monitors a process that has one, and drops the name when its connection to this
 * node is lost; none tells anybody, and none learns the name again from the others. So each is looked after when it connects.
 *
 * That somebody else has a name now, or that it was unregistered, is told to nobody either: a node is asked about each name from time to time.
 */
import { Backoff } from '../backoff.ts';
import { Deadline } from '../deadline.ts';
import { HiddenNodeError } from '../errors.ts';
import { pidKey } from '../process/keys.ts';
import type { LocalProcess } from '../process/local-process.ts';
import type { Processes } from '../process/processes.ts';
import type { ExposedFunctions } from '../rpc/expose.ts';
import { type Atom, atom } from '../term/atom.ts';
import { equals } from '../term/equals.ts';
import { ANY, matches } from '../term/pattern.ts';
import { Pid } from '../term/pid.ts';
import type { Reference } from '../term/reference.ts';
import type { EncodableTerm, Term } from '../term/term.ts';
import { TermMap } from '../term/term-map.ts';
import { type Tuple, tuple } from '../term/tuple.ts';
import type { GlobalClaim } from './global-claim.ts';
import { conflictFunctions } from './global-conflicts.ts';
import type { GlobalRegistration } from './global-registration.ts';
import { ASK_TIMEOUT } from './global-servers.ts';

const DOWN = tuple(atom('DOWN'), ANY, ANY, ANY, ANY);

/** How often a node is asked whether a name is still there, in milliseconds. */
const CHECK_EVERY = 5_000;

/** A name that is kept. */
interface Kept {
  readonly claim: GlobalClaim;
  readonly registration: GlobalRegistration;
  /** The monitor of the process. */
  readonly reference: Reference;
  /** The nodes that know it, as long as their connections last. */
  readonly known: Set<Atom>;
  /** The nodes that are to be asked. */
  readonly due: Set<Atom>;
  readonly backoff: Backoff;
  timer: NodeJS.Timeout | undefined;
  busy: boolean;
  /** What is under way, or was last, with the nodes that are due. */
  work: Promise<void> | undefined;
}

/** What keeping names needs of the node. */
export interface GlobalKeeperOwner {
  readonly processes: Processes;
  isConnected(node: Atom): boolean;
  /** The connected nodes that take part in `global`. */
  visibleNodes(): Atom[];
  /** Lets other nodes call functions. */
  expose(module: string, functions: ExposedFunctions): void;
}

export class GlobalKeeper {
  readonly #kept = new TermMap<Kept>();
  readonly #byProcess = new Map<string, Kept>();
  readonly #process: LocalProcess;
  #checks: NodeJS.Timeout | undefined;

  constructor(private readonly owner: GlobalKeeperOwner) {
    const behaviour = { deliver: (message: Term) => this.#deliver(message) };
    this.#process = owner.processes.start(behaviour, { permanent: true });
    const decided = (name: Term, keeps: Pid | undefined) => this.#decided(name, keeps);
    owner.expose('global', conflictFunctions(owner.processes, this.#process.pid, decided));
  }

  /** The registration of a name. */
  named(name: EncodableTerm): GlobalRegistration | undefined {
    return this.#kept.get(name)?.registration;
  }

  /** The registration of a process. */
  of(pid: Pid): GlobalRegistration | undefined {
    return this.#byProcess.get(pidKey(pid))?.registration;
  }

  /** Keeps a name that a node has registered. */
  keep(claim: GlobalClaim, registration: GlobalRegistration, node: Atom): void {
    const { name, pid } = claim;
    const reference = this.owner.processes.monitors.monitor(this.#process, pid);
    const nodes = { known: new Set([node]), due: new Set<Atom>() };
    const work = { backoff: new Backoff(), timer: undefined, busy: false, work: undefined };
    const kept: Kept = { claim, registration, reference, ...nodes, ...work };
    this.#kept.set(name, kept);
    this.#byProcess.set(pidKey(pid), kept);
    this.#checks ??= setInterval(() => this.#check(), CHECK_EVERY).unref();
    for (const each of claim.via ?? this.owner.visibleNodes()) this.#visit(kept, each);
  }

  /** Keeps a name no longer. When this resolves, no node is being given it any more. */
  async release(name: EncodableTerm, reason: HiddenNodeError): Promise<void> {
    const kept = this.#kept.get(name);
    if (kept === undefined) return;
    this.#end(kept, reason);
    await kept.work;
  }

  /** A node is connected. */
  nodeUp(node: Atom): void {
    for (const [, kept] of this.#kept) this.#visit(kept, node);
  }

  nodeDown(node: Atom): void {
    for (const [, kept] of this.#kept) {
      kept.known.delete(node);
      kept.due.delete(node);
    }
  }

  stop(reason: HiddenNodeError): void {
    for (const [, kept] of [...this.#kept]) this.#end(kept, reason);
  }

  #deliver(message: Term): void {
    if (!matches(DOWN, message)) return;
    const [, reference, , pid, reason] = (message as Tuple<Term[]>).elements;
    const kept = pid instanceof Pid ? this.#byProcess.get(pidKey(pid)) : undefined;
    if (kept === undefined || !equals(kept.reference, reference)) return;
    this.#end(kept, new HiddenNodeError('process_down', `${pid}, which had a global name, has ended`, { reason }));
  }

  /** A conflict was decided here. */
  #decided(name: Term, keeps: Pid | undefined): void {
    const kept = this.#kept.get(name);
    if (kept !== undefined && !equals(kept.claim.pid, keeps)) this.#end(kept, conflict(name, keeps));
  }

  #end(kept: Kept, reason: HiddenNodeError): void {
    const { claim, registration, reference } = kept;
    if (!registration.active) return;
    clearTimeout(kept.timer);
    this.owner.processes.monitors.demonitor(this.#process, reference);
    this.#kept.delete(claim.name);
    this.#byProcess.delete(pidKey(claim.pid));
    if (this.#kept.size === 0) {
      clearInterval(this.#checks);
      this.#checks = undefined;
    }
    registration.end(reason);
  }

  /** One of the nodes that know a name is asked; each in its turn. */
  #check(): void {
    for (const [, kept] of this.#kept) {
      const [node] = kept.known;
      if (node === undefined) continue;
      kept.known.delete(node);
      kept.known.add(node);
      this.#ask(kept, node);
    }
  }

  /** A node that has connected is looked after, unless others were named for it. */
  #visit(kept: Kept, node: Atom): void {
    const { via } = kept.claim;
    const concerned = via?.includes(node) ?? this.owner.visibleNodes().includes(node);
    if (concerned && !kept.known.has(node)) this.#ask(kept, node);
  }

  #ask(kept: Kept, node: Atom): void {
    kept.due.add(node);
    this.#begin(kept);
  }

  #begin(kept: Kept): void {
    if (kept.busy || !kept.registration.active) return;
    kept.busy = true;
    clearTimeout(kept.timer);
    kept.work = this.#work(kept);
  }

  /** Asks the nodes that are due, one after the other, and those that did not answer again after a pause. */
  async #work(kept: Kept): Promise<void> {
    const failed: Atom[] = [];
    for (const node of kept.due) {
      kept.due.delete(node);
      if (!kept.registration.active || !this.owner.isConnected(node)) continue;
      await this.#settle(kept, node).catch(() => failed.push(node));
    }
    kept.busy = false;
    if (failed.length === 0 || !kept.registration.active) return kept.backoff.reset();
    for (const node of failed) kept.due.add(node);
    kept.timer = setTimeout(() => this.#begin(kept), kept.backoff.next()).unref();
  }

  /** Sees to it that a node knows the name, or that the name is over. */
  async #settle(kept: Kept, node: Atom): Promise<void> {
    const { claim, known, registration } = kept;
    using deadline = new Deadline(ASK_TIMEOUT);
    if (known.has(node)) return this.#confirm(kept, node, deadline);
    // One that has just connected may not have dropped yet what it lost, nor know what the others know.
    await claim.synchronise(deadline, node);
    let holder = await claim.holder(deadline, node);
    if (!equals(holder, claim.pid)) {
      // One that knew the name can tell whether it was only lost here.
      const [witness] = known;
      if (witness !== undefined) await this.#confirm(kept, witness, deadline);
      if (!registration.active) return;
      if (holder === undefined || claim.isGone(holder)) holder = (await claim.registerAt(deadline, node)).holder;
    }
    if (!registration.active || !this.owner.isConnected(node)) return;
    if (equals(holder, claim.pid)) known.add(node);
    // While others know the name, it is up to the Erlang nodes, should they meet, who keeps it.
    else if (holder === undefined || known.size > 0) throw conflict(claim.name, holder);
    else this.#end(kept, conflict(claim.name, holder));
  }

  /** A node that knew the name still does, or the name is over. */
  async #confirm(kept: Kept, node: Atom, deadline: Deadline): Promise<void> {
    const { claim, known } = kept;
    const holder = await claim.holder(deadline, node);
    if (!known.has(node) || equals(holder, claim.pid)) return;
    this.#end(kept, holder === undefined ? unregistered(claim.name) : conflict(claim.name, holder));
  }
}

/** Another process has the name. */
export function conflict(name: Term, holder: Pid | undefined): HiddenNodeError {
  const message = `${holder ?? 'no process'} has a global name that a process of this node had`;
  return new HiddenNodeError('global_name_conflict', message, { name, holder });
}

/** Nobody has the name any more. */
export function unregistered(name: Term): HiddenNodeError {
  return new HiddenNodeError('global_name_unregistered', 'a global name of a process of this node was unregistered', {
    name,
  });
}
