/** A process of this node, as other processes see it. */
import type { SignalSource } from '../distribution/control/signals.ts';
import type { Atom } from '../term/atom.ts';
import type { Pid } from '../term/pid.ts';
import type { EncodableTerm, Term } from '../term/term.ts';

/** What runs behind a process identifier. */
export interface Behaviour {
  deliver(message: Term): void;
  /**
   * The process has ended.
   *
   * @param reason - why, as processes that are linked to it are told
   * @param from - who ended it; absent: itself
   */
  exited?(reason: EncodableTerm, from: Pid | undefined): void;
}

/** What can refuse messages of peers for a while. */
export interface Admission {
  /**
   * @param source - who brings the message; undefined: this node itself
   * @returns false when the source is to bring it again later
   */
  admits(source: SignalSource | undefined): boolean;
}

export class LocalProcess {
  /** Whether exit signals become messages. Erlang documentation: `process_flag(trap_exit, true)`. */
  trapExit = false;
  ended = false;
  /** Is asked for each message; undefined: all are taken. */
  admission: Admission | undefined = undefined;

  /**
   * @param permanent - part of the node: exit signals do not end it
   */
  constructor(
    readonly pid: Pid,
    readonly name: Atom | undefined,
    readonly behaviour: Behaviour,
    readonly permanent: boolean,
  ) {}
}
