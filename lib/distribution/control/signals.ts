/**
 * What a peer can tell this node: one method per kind of control message, whatever its form on the wire.
 */
import type { Atom } from '../../term/atom.ts';
import type { Pid } from '../../term/pid.ts';
import type { Reference } from '../../term/reference.ts';
import type { Term } from '../../term/term.ts';

/** Decodes the payload of the message at hand; it must be called before the handler returns, or not at all. */
export interface Payload {
  readPayload(): Term;
}

export interface SignalHandler {
  /** A message to a process. */
  send(to: Pid, payload: Payload): void;
  /** A message to a registered name. */
  registeredSend(to: Atom, payload: Payload): void;
  /** A message to an alias. */
  aliasSend(to: Reference, payload: Payload): void;
  /** `watcher` asks to be told when `target`, a process of ours or a registered name, ends. */
  monitor(watcher: Pid, target: Pid | Atom, reference: Reference): void;
  /** `watcher` no longer wants to be told. */
  demonitor(watcher: Pid, reference: Reference): void;
  /** `sender` takes back its link to `target`, and waits for this to be acknowledged. */
  unlink(id: number | bigint, sender: Pid, target: Pid): void;
  /** A control message that this node has no use for. */
  ignored(operation: number): void;
}
