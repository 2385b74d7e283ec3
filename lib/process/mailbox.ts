/**
 * A mailbox is what a process is in Erlang, seen from JavaScript: a pid, perhaps a registered name, the messages that were
 * sent to either, and the links and monitors that tie it to other processes.
 */
import { HiddenNodeError } from '../errors.ts';
import { parseNodeName } from '../node/name.ts';
import { atom } from '../term/atom.ts';
import { decode } from '../term/decoder.ts';
import { encode } from '../term/encoder.ts';
import { excerpt } from '../term/excerpt.ts';
import { ANY, matches } from '../term/pattern.ts';
import { Pid } from '../term/pid.ts';
import { Reference } from '../term/reference.ts';
import type { EncodableTerm, Term } from '../term/term.ts';
import { tuple } from '../term/tuple.ts';
import type { AliasMode } from './aliases.ts';
import { BoundedQueue, type BoundOptions } from './bound.ts';
import { type Destination, Registered } from './destination.ts';
import { Inbox } from './inbox.ts';
import type { LocalProcess } from './local-process.ts';
import { NORMAL, type Processes } from './processes.ts';

const DOWN = atom('DOWN');

/** Options of {@link HiddenNode.mailbox}. */
export interface MailboxOptions {
  /**
   * Exit signals do not end the mailbox, but become messages `{'EXIT', Pid, Reason}`. Default: false.
   * Erlang documentation: `process_flag(trap_exit, true)`.
   */
  trapExit?: boolean | undefined;
  /**
   * The most that the mailbox holds, in messages or bytes. A link whose next message is for a mailbox at its bound stops reading, so
   * that the peer stops sending, until there is room. Default: none.
   */
  bound?: BoundOptions | undefined;
}

/** Options of {@link Mailbox.monitor}. */
export interface MonitorOptions {
  /**
   * Makes the reference of the monitor an alias of the mailbox as well, to which messages can be sent: until `unalias`
   * (`explicit_unalias`), until the monitor is over (`demonitor`), or until that or the first message to it, which then ends the
   * monitor (`reply_demonitor`). Default: none.
   */
  alias?: Exclude<AliasMode, 'reply'> | undefined;
}

/** What a mailbox needs of its node. */
export interface MailboxOwner {
  /** The name of the node. */
  readonly name: string;
  readonly processes: Processes;
  send(from: Pid, to: Destination, message: EncodableTerm): boolean;
  /** @throws `node_stopped` */
  assertRunning(): void;
  closed(mailbox: Mailbox): void;
}

/** Receives the messages of one process. Made by {@link HiddenNode.mailbox}. */
export class Mailbox extends Inbox implements AsyncDisposable {
  readonly #process: LocalProcess;
  readonly #owner: MailboxOwner;
  #ended: HiddenNodeError | undefined;
  #tellEnded!: (reason: HiddenNodeError) => void;

  /** The name under which it is registered on its node, if it is. */
  readonly name: string | undefined;

  /**
   * Resolves when the mailbox has ended, to the error with which receives reject from then on: `mailbox_closed`, `exited` or
   * `node_stopped`. It never rejects.
   */
  readonly ended: Promise<HiddenNodeError>;

  /** @internal */
  constructor(owner: MailboxOwner, name: string | undefined, { trapExit = false, bound }: MailboxOptions) {
    const queue = bound && new BoundedQueue(bound, { node: owner.name, to: name ?? 'pid' });
    super(queue);
    this.#owner = owner;
    this.name = name;
    this.ended = new Promise((resolve) => {
      this.#tellEnded = resolve;
    });
    const behaviour = {
      deliver: (message: Term) => this.put(message),
      exited: (reason: EncodableTerm, from: Pid | undefined) => this.#exited(reason, from),
    };
    this.#process = owner.processes.start(behaviour, { name: name === undefined ? undefined : atom(name) });
    this.#process.trapExit = trapExit;
    this.#process.admission = queue;
  }

  /** The process identifier, by which Erlang processes send to this mailbox. */
  get pid(): Pid {
    return this.#process.pid;
  }

  /** True when the mailbox has ended. */
  get closed(): boolean {
    return this.#ended !== undefined;
  }

  /** Whether exit signals become messages `{'EXIT', Pid, Reason}` in place of ending the mailbox. */
  get trapExit(): boolean {
    return this.#process.trapExit;
  }

  set trapExit(trap: boolean) {
    this.#process.trapExit = trap;
  }

  /**
   * Sends a message from this mailbox, as {@link HiddenNode.send} does from the node. Towards a registered name the
   * receiver's node sees this mailbox as the sender.
   *
   * @returns false when more than the high-water mark waits to be sent to that node; the message was accepted all the same
   * @throws `mailbox_closed`, `exited`, `node_stopped`, `not_a_term`, `invalid_argument`, `invalid_node_name`, `name_domain_mismatch`
   */
  send(to: Destination, message: EncodableTerm): boolean {
    if (this.#ended !== undefined) throw this.#ended;
    return this.#owner.send(this.pid, to, message);
  }

  /**
   * Links this mailbox to a process: when either ends, the other gets an exit signal with the reason. A mailbox that gets one
   * ends with the same reason (receives reject with `exited`), unless the reason is `normal`, or it traps exits. When the process
   * does not exist, the signal comes with the reason `noproc`; when the link to its node is lost or does not come about, with `noconnection`.
   * Like {@link send} this opens a connection if need be.
   *
   * @param pid - a process of any node
   * @throws `invalid_argument`, `mailbox_closed`, `exited`, `node_stopped`, `invalid_node_name`, `name_domain_mismatch`
   * @see Erlang documentation: `erlang:link/1`; Erlang Reference Manual, "Processes", section "Links"
   */
  link(pid: Pid): void {
    this.#processes.links.link(this.#process, aPid(pid));
  }

  /**
   * Takes back a link, whichever side made it. When this returns, no exit signal of that link reaches the mailbox any more; a
   * message `{'EXIT', Pid, Reason}` that is in it already stays.
   *
   * @throws `invalid_argument`, `mailbox_closed`, `exited`, `node_stopped`
   * @see Erlang documentation: `erlang:unlink/1`
   */
  unlink(pid: Pid): void {
    this.#processes.links.unlink(this.#process, aPid(pid));
  }

  /**
   * Sends an exit signal to a process, as if this mailbox had ended and were linked to it. The reason `kill` ends it in any case.
   *
   * @param pid - a process of any node
   * @param reason - any term
   * @throws `invalid_argument`, `not_a_term`, `mailbox_closed`, `exited`, `node_stopped`, `invalid_node_name`, `name_domain_mismatch`
   * @see Erlang documentation: `erlang:exit/2`
   */
  exit(pid: Pid, reason: EncodableTerm): void {
    this.#processes.nodes.to(aPid(pid).node).exitRequest(this.pid, pid, reason);
  }

  /**
   * Watches a process. When it ends, or does not exist, or the connection to its node is lost, this mailbox gets one message
   * `{'DOWN', Reference, process, Object, Reason}`: Object is the pid, or `{Name, Node}`; Reason is that of the process, or `noproc`, or
   * `noconnection`. Like {@link send} this opens a connection if need be.
   *
   * @param target - a pid, or `registered(name, node)`
   * @returns the reference in the message
   * @throws `invalid_argument`, `mailbox_closed`, `exited`, `node_stopped`, `invalid_node_name`, `name_domain_mismatch`
   * @see Erlang documentation: `erlang:monitor/3`
   */
  monitor(target: Pid | Registered, options: MonitorOptions = {}): Reference {
    if (!(target instanceof Pid || target instanceof Registered)) {
      throw new HiddenNodeError('invalid_argument', 'what is monitored is a Pid or registered(name, node)', {
        kind: typeof target,
      });
    }
    return this.#processes.monitors.monitor(this.#process, target, options.alias);
  }

  /**
   * Takes back a monitor. When this returns, it brings no message any more.
   *
   * @param options.flush - takes a message that it has brought already out of the mailbox; default: false
   * @returns false when there was no such monitor, or it has fired
   * @throws `invalid_argument`, `mailbox_closed`, `exited`, `node_stopped`
   * @see Erlang documentation: `erlang:demonitor/2`
   */
  demonitor(reference: Reference, { flush = false }: { flush?: boolean } = {}): boolean {
    const found = this.#processes.monitors.demonitor(this.#process, aReference(reference));
    if (flush && !found) {
      const message = tuple(DOWN, reference, ANY, ANY, ANY);
      this.takeNow((each) => matches(message, each));
    }
    return found;
  }

  /**
   * Makes a reference to which messages to this mailbox can be sent for as long as it is wanted: messages that come after
   * {@link unalias} are dropped.
   *
   * @param options.reply - the alias ends with the first message to it; default: false
   * @throws `mailbox_closed`, `exited`, `node_stopped`
   * @see Erlang documentation: `erlang:alias/1`
   */
  alias({ reply = false }: { reply?: boolean } = {}): Reference {
    return this.#processes.alias(this.#process, reply ? 'reply' : 'explicit_unalias');
  }

  /**
   * Ends an alias.
   *
   * @returns false when the reference was no alias of this mailbox, or no longer
   * @throws `invalid_argument`, `mailbox_closed`, `exited`, `node_stopped`
   * @see Erlang documentation: `erlang:unalias/1`
   */
  unalias(reference: Reference): boolean {
    return this.#processes.monitors.aliases.remove(this.#process, aReference(reference));
  }

  /**
   * Watches the connection to a node. When it is lost, or does not come about, this mailbox gets one message `{nodedown, Node}` for
   * each call. Like {@link send} this opens a connection if need be.
   *
   * @param node - the full name of the node
   * @throws `invalid_node_name`, `name_domain_mismatch`, `mailbox_closed`, `exited`, `node_stopped`
   * @see Erlang documentation: `erlang:monitor_node/2`
   */
  monitorNode(node: string): void {
    this.#processes.nodeMonitors.add(this.#process, atom(parseNodeName(node).full));
  }

  /**
   * Takes back one {@link monitorNode}.
   *
   * @returns false when there was none
   * @throws `invalid_node_name`, `mailbox_closed`, `exited`, `node_stopped`
   */
  demonitorNode(node: string): boolean {
    return this.#processes.nodeMonitors.remove(this.#process, atom(parseNodeName(node).full));
  }

  /**
   * Ends the process: messages to it are dropped from now on, its name is free again, processes that are linked to it or monitor
   * it are told, waiting receives reject with `mailbox_closed` and loops end. When its node stops, a mailbox is closed with `node_stopped`.
   *
   * @param reason - what linked and monitoring processes are told, any term; default: the atom `normal`
   * @throws `not_a_term`
   * @see Erlang documentation: `erlang:exit/1`
   */
  close(reason: EncodableTerm = NORMAL): void {
    const told = decode(encode(reason), { floats: 'exact' });
    const message = `the mailbox ${this.name ?? this.pid} is closed`;
    this.end(new HiddenNodeError('mailbox_closed', message, { name: this.name, reason: told }), told);
  }

  /** @internal Ends the process. Those who wait here are told `error`, and other processes `reason`. */
  end(error: HiddenNodeError, reason: Term): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    this.#owner.processes.end(this.#process, reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  /** @throws what the mailbox ended with */
  get #processes(): Processes {
    if (this.#ended !== undefined) throw this.#ended;
    this.#owner.assertRunning();
    return this.#owner.processes;
  }

  #exited(reason: EncodableTerm, from: Pid | undefined): void {
    this.#ended ??= exitedError(this, reason, from);
    this.#owner.closed(this);
    this.finish(this.#ended);
    this.#tellEnded(this.#ended);
  }
}

function exitedError(mailbox: Mailbox, reason: EncodableTerm, from: Pid | undefined): HiddenNodeError {
  const message = `the mailbox ${mailbox.name ?? mailbox.pid} was ended by ${from}: ${excerpt(reason)}`;
  return new HiddenNodeError('exited', message, { name: mailbox.name, reason, from });
}

function aPid(pid: unknown): Pid {
  if (pid instanceof Pid) return pid;
  throw new HiddenNodeError('invalid_argument', 'a process is named by its Pid', { kind: typeof pid });
}

function aReference(reference: unknown): Reference {
  if (reference instanceof Reference) return reference;
  throw new HiddenNodeError('invalid_argument', 'a monitor or an alias is named by its Reference', {
    kind: typeof reference,
  });
}
