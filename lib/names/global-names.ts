/**
 * Names that every node of a cluster knows. A node of this library registers and asks through the Erlang nodes that it is connected to.
 * Erlang documentation: kernel application, `global`.
 */
import { type Deadline, withDeadline } from '../deadline.ts';
import { HiddenNodeError } from '../errors.ts';
import type { Identity } from '../node/identity.ts';
import { decode } from '../term/decoder.ts';
import { encode } from '../term/encoder.ts';
import { equals } from '../term/equals.ts';
import { ExportTerm } from '../term/export.ts';
import { format } from '../term/format.ts';
import { Pid } from '../term/pid.ts';
import type { EncodableTerm, Term } from '../term/term.ts';
import { GlobalClaim, type Outcome } from './global-claim.ts';
import { RESOLVER_NAMES, type Resolver, resolverTerm } from './global-conflicts.ts';
import { conflict, GlobalKeeper, type GlobalKeeperOwner, unregistered } from './global-keeper.ts';
import { GlobalRegistration } from './global-registration.ts';
import { ASK_TIMEOUT, type GlobalOptions, GlobalServers, type GlobalServersOwner } from './global-servers.ts';

/** How much of a name an error message shows, in characters. */
const SHOWN_NAME = 100;

/** Options of {@link GlobalNames.register} and {@link GlobalNames.reRegister}. */
export interface GlobalRegisterOptions extends GlobalOptions {
  /**
   * Which process keeps the name when two have it, as happens when parts of a cluster that were separated meet again: one of the functions that
   * `global` has for that, or `new ExportTerm(module, function, 3)`. With `random_exit_name`, the default, one of the processes is killed; with
   * `random_notify_name` it gets the message `{global_name_conflict, Name}`; with `notify_all_name` nobody keeps the name, and both get
   * `{global_name_conflict, Name, OtherPid}`.
   */
  resolve?: Resolver | ExportTerm | undefined;
}

/** What global names need of the node. */
export interface GlobalOwner extends GlobalServersOwner, GlobalKeeperOwner {
  readonly identity: Identity;
}

/** The global names of the cluster. Found in {@link HiddenNode.global}. */
export class GlobalNames {
  readonly #owner: GlobalOwner;
  readonly #servers: GlobalServers;
  /** @internal */
  readonly keeper: GlobalKeeper;

  /** @internal */
  constructor(owner: GlobalOwner) {
    this.#owner = owner;
    this.#servers = new GlobalServers(owner);
    this.keeper = new GlobalKeeper(owner);
  }

  /**
   * Gives a process of this node a global name, by which every node of the cluster finds it. The name is free again when the process ends. It survives
   * the loss of any node: one that comes back is given it again, unless another process has it by then; see {@link GlobalRegistration.ended}.
   *
   * Every Erlang node of the cluster monitors the process, and connects to this node for that: one that cannot does not know the name.
   *
   * @param name - any term; a string is a binary, as in every message
   * @param process - a mailbox, or a pid of this node, which may have one global name
   * @param options.via - the nodes to register through, now and whenever the name has to be restored
   * @throws HiddenNodeError
   *   - `global_name_taken` when a process has the name: the fact `holder` is its pid
   *   - `global_unavailable` when no Erlang node is there to ask
   *   - `invalid_argument`, `not_a_term`, `process_down`, `timeout`, `aborted`, `node_stopped`
   * @see Erlang documentation: kernel, `global:register_name/3`
   */
  async register(
    name: EncodableTerm,
    process: Pid | { readonly pid: Pid },
    options: GlobalRegisterOptions = {},
  ): Promise<GlobalRegistration> {
    const claim = this.#claim(name, process, options);
    const known = this.keeper.named(claim.name);
    if (known !== undefined && !this.#isGone(known.pid)) throw taken(claim.name, known.pid);
    const { node, holder } = await withDeadline(options, ASK_TIMEOUT, (deadline) => claim.register(deadline));
    if (holder === undefined || !claim.pid.equals(holder)) throw taken(claim.name, holder);
    return this.#keep(claim, { node, holder });
  }

  /**
   * The same as {@link register}, but the name is taken from the process that has it, which is not told.
   *
   * @throws as {@link register}, except for `global_name_taken`
   * @see Erlang documentation: kernel, `global:re_register_name/3`
   */
  async reRegister(
    name: EncodableTerm,
    process: Pid | { readonly pid: Pid },
    options: GlobalRegisterOptions = {},
  ): Promise<GlobalRegistration> {
    const claim = this.#claim(name, process, options);
    const outcome = await withDeadline(options, ASK_TIMEOUT, (deadline) => claim.reRegister(deadline));
    const known = this.keeper.named(claim.name);
    if (known?.pid.equals(claim.pid)) return known;
    await this.keeper.release(claim.name, conflict(claim.name, claim.pid));
    return this.#keep(claim, outcome);
  }

  /**
   * Makes a name free, whoever has it.
   *
   * @throws `global_unavailable`, `not_a_term`, `invalid_argument`, `timeout`, `aborted`, `node_stopped`
   * @see Erlang documentation: kernel, `global:unregister_name/1`
   */
  async unregister(name: EncodableTerm, options: GlobalOptions = {}): Promise<void> {
    const own = this.keeper.named(name) !== undefined;
    const via = this.#servers.via(options);
    await withDeadline(options, ASK_TIMEOUT, async (deadline) => {
      await this.keeper.release(name, unregistered(copy(name)));
      // Those that are not connected do not know a name of this node.
      if (own && via === undefined && this.#owner.visibleNodes().length === 0) return;
      await this.#servers.ask(deadline, via, 'unregister_name', [name]);
    });
  }

  /**
   * Finds the process that has a name.
   *
   * @returns undefined when nobody has it
   * @throws as {@link unregister}
   * @see Erlang documentation: kernel, `global:whereis_name/1`
   */
  async whereis(name: EncodableTerm, options: GlobalOptions = {}): Promise<Pid | undefined> {
    const holder = await this.#ask(options, 'whereis_name', [name]);
    return holder instanceof Pid ? holder : undefined;
  }

  /**
   * Sends a message to the process that has a name. It is looked up each time, so that the message goes to who has it now.
   *
   * @returns the pid of the process
   * @throws `global_name_unknown` when nobody has the name, and what {@link whereis} throws
   * @see Erlang documentation: kernel, `global:send/2`
   */
  async send(name: EncodableTerm, message: EncodableTerm, options: GlobalOptions = {}): Promise<Pid> {
    // As with every send, what is changed in the message later does not matter.
    const sent = copy(message);
    const holder = await this.whereis(name, options);
    if (holder === undefined) {
      throw new HiddenNodeError('global_name_unknown', `no process has the global name ${shown(copy(name))}`, { name });
    }
    this.#owner.processes.nodes.to(holder.node).send(holder, sent);
    return holder;
  }

  /**
   * All global names.
   *
   * @throws as {@link unregister}
   * @see Erlang documentation: kernel, `global:registered_names/0`
   */
  async names(options: GlobalOptions = {}): Promise<Term[]> {
    const names = await this.#ask(options, 'registered_names', []);
    return Array.isArray(names) ? names : [];
  }

  async #ask(options: GlobalOptions, question: string, args: readonly EncodableTerm[]): Promise<Term> {
    const via = this.#servers.via(options);
    const ask = (deadline: Deadline) => this.#servers.ask(deadline, via, question, args);
    return (await withDeadline(options, ASK_TIMEOUT, ask)).answer;
  }

  /** @throws `invalid_argument`, `process_down`, `not_a_term` */
  #claim(name: EncodableTerm, process: Pid | { readonly pid: Pid }, options: GlobalRegisterOptions): GlobalClaim {
    const pid = process instanceof Pid ? process : process?.pid;
    if (!(pid instanceof Pid && this.#owner.identity.owns(pid))) {
      throw new HiddenNodeError('invalid_argument', 'what gets a global name here is a mailbox or a pid of this node');
    }
    if (this.#isGone(pid)) throw new HiddenNodeError('process_down', `${pid} has ended`, { node: pid.node.name });
    const term = copy(name);
    const other = this.keeper.of(pid);
    if (other !== undefined && !equals(other.name, term)) {
      const message = `a process has one global name, and ${pid} has ${shown(other.name)}`;
      throw new HiddenNodeError('invalid_argument', message, { name: other.name });
    }
    const gone = (each: Pid) => this.#isGone(each);
    return new GlobalClaim(this.#servers, gone, term, pid, this.#servers.via(options), methodOf(options));
  }

  #keep(claim: GlobalClaim, { node }: Outcome): GlobalRegistration {
    const known = this.keeper.named(claim.name);
    if (known?.pid.equals(claim.pid)) return known;
    const via = claim.via && { via: claim.via.map((each) => each.name) };
    const unregister = (options: GlobalOptions) => this.unregister(claim.name, { ...options, ...via });
    const registration = new GlobalRegistration(claim.name, claim.pid, unregister);
    this.keeper.keep(claim, registration, node);
    return registration;
  }

  #isGone(pid: Pid): boolean {
    return pid.node === this.#owner.identity.atom && this.#owner.processes.find(pid) === undefined;
  }
}

/** A copy, since what is changed in a term later must not change it here. */
function copy(term: EncodableTerm): Term {
  return decode(encode(term), { floats: 'exact' });
}

function shown(name: Term): string {
  const text = format(name);
  return text.length > SHOWN_NAME ? `${text.slice(0, SHOWN_NAME)}...` : text;
}

function taken(name: Term, holder: Pid | undefined): HiddenNodeError {
  const message = `the global name ${shown(name)} is taken${holder === undefined ? '' : ` by ${holder}`}`;
  return new HiddenNodeError('global_name_taken', message, { name, holder });
}

function methodOf({ resolve = 'random_exit_name' }: GlobalRegisterOptions): ExportTerm {
  if (resolve instanceof ExportTerm && resolve.arity === 3) return resolve;
  const name = RESOLVER_NAMES.find((each) => each === resolve);
  if (name !== undefined) return resolverTerm(name);
  const message = `resolve is one of ${RESOLVER_NAMES.join(', ')}, or an ExportTerm of arity 3`;
  throw new HiddenNodeError('invalid_argument', message, { resolve });
}
