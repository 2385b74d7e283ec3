/**
 * What two nodes can tell each other: one method per kind of control message, whatever its form on the wire.
 * Erlang documentation: "Distribution Protocol", section "Protocol between Connected Nodes".
 */
import type { Atom } from '../../term/atom.ts';
import type { Pid } from '../../term/pid.ts';
import type { Reference } from '../../term/reference.ts';
import type { EncodableTerm, Term } from '../../term/term.ts';

/** Decodes the payload of the message at hand; it must be called before the handler returns, or not at all. */
export interface Payload {
  readPayload(): Term;
}

/** What a process is to be made of, and for whom. */
export interface SpawnRequest {
  /** The request, and the monitor if one is asked for. */
  reference: Reference;
  /** The process that asks. */
  from: Pid;
  groupLeader: Pid;
  module: Atom;
  name: Atom;
  arity: number;
  /** Erlang's spawn options, as they came. */
  options: Term;
}

/** Bits of the answer to a {@link SpawnRequest}. */
export const SPAWNED_LINK = 1;
export const SPAWNED_MONITOR = 2;

/** Who is told signals and may have no room for one: a mailbox at its bound. */
export interface Receiver {
  readonly full: boolean;
  /** A source waits no longer. */
  forget(source: SignalSource): void;
}

/** Where signals come from: a link. */
export interface SignalSource {
  /** The name of the node at the other end. */
  readonly peer: string;
  /** The size of the signal at hand, in bytes. */
  readonly bytes: number;
  /** Called while a signal is told: it is not taken. It is told again, and what is behind it only then, once the receiver has room. */
  hold(receiver: Receiver): void;
  /** The receiver has room again. */
  release(): void;
}

/** Hears what a peer says. */
export interface SignalHandler {
  /** Whose signals are being told at the moment; undefined: those of this node itself. */
  source: SignalSource | undefined;
  /** A message to a process. */
  send(to: Pid, payload: Payload): void;
  /** A message to a registered name. */
  registeredSend(to: Atom, payload: Payload): void;
  /** A message to an alias. */
  aliasSend(to: Reference, payload: Payload): void;
  /** `from` is linked to `to`. */
  link(from: Pid, to: Pid): void;
  /** `from` takes back its link to `to`, and waits for this to be acknowledged, unless it gave no id. */
  unlink(id: number | bigint | undefined, from: Pid, to: Pid): void;
  /** `from` has heard that `to` took back the link. */
  unlinkAcknowledge(id: number | bigint, from: Pid, to: Pid): void;
  /** `from`, which is linked to `to`, has ended. */
  exit(from: Pid, to: Pid, reason: Term): void;
  /** `from` asks `to`, a process, the process behind a name or that behind an alias, to end. */
  exitRequest(from: Pid, to: Pid | Atom | Reference, reason: Term): void;
  /** `watcher` asks to be told when `target`, a process or a registered name, ends. */
  monitor(watcher: Pid, target: Pid | Atom, reference: Reference): void;
  /** `watcher` no longer wants to be told. */
  demonitor(watcher: Pid, target: Pid | Atom, reference: Reference): void;
  /** `target`, which `watcher` monitors, has ended. */
  monitorExit(target: Pid | Atom, watcher: Pid, reference: Reference, reason: Term): void;
  /** A process is asked for; the payload has its arguments. */
  spawnRequest(request: SpawnRequest, payload: Payload): void;
  /** The answer to a request of `to`: a process, or the name of an error. */
  spawnReply(reference: Reference, to: Pid, flags: number, result: Pid | Atom): void;
  /** A control message that this node has no use for. */
  ignored(operation: number): void;
}

/** Says the same to a node. Messages answer false when more than the high-water mark waits. */
export interface SignalSender {
  send(to: Pid, message: EncodableTerm): boolean;
  registeredSend(from: Pid, to: Atom, message: EncodableTerm): boolean;
  aliasSend(from: Pid, to: Reference, message: EncodableTerm): boolean;
  link(from: Pid, to: Pid): void;
  /**
   * @returns false when the node knows no acknowledgements, and none will come; undefined when that is not known before there is
   *   a link, and nothing was said
   */
  unlink(id: number, from: Pid, to: Pid): boolean | undefined;
  unlinkAcknowledge(id: number | bigint, from: Pid, to: Pid): void;
  exit(from: Pid, to: Pid, reason: EncodableTerm): void;
  exitRequest(from: Pid, to: Pid, reason: EncodableTerm): void;
  monitor(watcher: Pid, target: Pid | Atom, reference: Reference): void;
  demonitor(watcher: Pid, target: Pid | Atom, reference: Reference): void;
  monitorExit(target: Pid | Atom, watcher: Pid, reference: Reference, reason: EncodableTerm): void;
  spawnRequest(request: SpawnRequest, args: readonly EncodableTerm[]): void;
  spawnReply(reference: Reference, to: Pid, flags: number, result: Pid | Atom): void;
}
