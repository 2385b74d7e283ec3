/** A global name of a process of this node. */
import type { HiddenNodeError } from '../errors.ts';
import type { Pid } from '../term/pid.ts';
import type { Term } from '../term/term.ts';
import type { GlobalOptions } from './global-servers.ts';

/**
 * A global name that a process of this node has. It is kept for as long as the process lives: a node that lost it, with its connection to this one or by
 * starting anew, is given it again. Made by {@link GlobalNames.register}.
 */
export class GlobalRegistration {
  readonly #unregister: (options: GlobalOptions) => Promise<void>;
  #tellEnded!: (reason: HiddenNodeError) => void;
  #active = true;

  readonly name: Term;
  /** The process that has it. */
  readonly pid: Pid;

  /**
   * Resolves when the process has the name no longer, to an error that says why: `global_name_conflict` when another process has it,
   * `global_name_unregistered` when it was given up, here or by an Erlang node, `process_down` when the process has ended, `node_stopped`. It never rejects.
   */
  readonly ended: Promise<HiddenNodeError>;

  /** @internal */
  constructor(name: Term, pid: Pid, unregister: (options: GlobalOptions) => Promise<void>) {
    this.name = name;
    this.pid = pid;
    this.#unregister = unregister;
    this.ended = new Promise((resolve) => {
      this.#tellEnded = resolve;
    });
  }

  /** True until {@link ended} resolves. It says that the name is being kept, not that a node knows it at the moment. */
  get active(): boolean {
    return this.#active;
  }

  /**
   * Gives the name up. Does nothing when it is over.
   *
   * @throws as {@link GlobalNames.unregister}
   */
  async unregister(options: Omit<GlobalOptions, 'via'> = {}): Promise<void> {
    if (this.#active) await this.#unregister(options);
  }

  /** @internal */
  end(reason: HiddenNodeError): void {
    this.#active = false;
    this.#tellEnded(reason);
  }
}
