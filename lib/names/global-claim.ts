/** A process of this node that is to have a global name. */
import type { Deadline } from '../deadline.ts';
import { type Atom, atom } from '../term/atom.ts';
import type { ExportTerm } from '../term/export.ts';
import { Pid } from '../term/pid.ts';
import type { EncodableTerm, Term } from '../term/term.ts';
import type { GlobalServers, Via } from './global-servers.ts';

const YES = atom('yes');

/** What an attempt to register a name has come to. */
export interface Outcome {
  /** Who was asked. */
  readonly node: Atom;
  /** Who has the name now; undefined: nobody, and yet the node refused it. */
  readonly holder: Pid | undefined;
}

export class GlobalClaim {
  /**
   * @param method - which of two processes keeps a name that both have, as `global:register_name/3` takes it
   * @param isGone - whether a process was one of this node, and has ended
   */
  constructor(
    private readonly servers: GlobalServers,
    readonly isGone: (pid: Pid) => boolean,
    readonly name: Term,
    readonly pid: Pid,
    readonly via: Via,
    readonly method: ExportTerm,
  ) {}

  /** Registers the name unless another process has it. */
  async register(deadline: Deadline): Promise<Outcome> {
    const { node, answer } = await this.servers.ask(deadline, this.via, 'register_name', this.#arguments);
    const outcome = await this.#outcome(deadline, node, answer);
    // Who had it has ended in between.
    return outcome.holder === undefined ? this.registerAt(deadline, node) : outcome;
  }

  /** The same through one node that is connected. */
  async registerAt(deadline: Deadline, node: Atom): Promise<Outcome> {
    const answer = await this.servers.askNode(deadline, node, 'register_name', this.#arguments);
    return this.#outcome(deadline, node, answer);
  }

  /** Registers the name, whoever has it. */
  async reRegister(deadline: Deadline): Promise<Outcome> {
    const { node } = await this.servers.ask(deadline, this.via, 're_register_name', this.#arguments);
    return { node, holder: this.pid };
  }

  /** Who has the name, as one node knows it. */
  async holder(deadline: Deadline, node: Atom): Promise<Pid | undefined> {
    const holder = await this.servers.askNode(deadline, node, 'whereis_name', [this.name]);
    return holder instanceof Pid ? holder : undefined;
  }

  /** Waits until a node knows the names of the nodes around it, or does not come to know them in time. */
  async synchronise(deadline: Deadline, node: Atom): Promise<void> {
    await this.servers.askNode(deadline, node, 'sync', []).catch(() => undefined);
  }

  get #arguments(): readonly EncodableTerm[] {
    return [this.name, this.pid, this.method];
  }

  async #outcome(deadline: Deadline, node: Atom, answer: Term): Promise<Outcome> {
    if (answer === YES) return { node, holder: this.pid };
    // It may be that an earlier attempt succeeded, whose answer was lost with its node.
    const holder = await this.holder(deadline, node);
    if (holder === undefined || !this.isGone(holder)) return { node, holder };
    await this.servers.askNode(deadline, node, 're_register_name', this.#arguments);
    return { node, holder: this.pid };
  }
}
