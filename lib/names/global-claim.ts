/** A process of this node that is to have a global name. */
import type { Deadline } from '../deadline.ts';
import { type Atom, atom } from '../term/atom.ts';
import type { ExportTerm } from '../term/export.ts';
import { Pid } from '../term/pid.ts';
import type { Term } from '../term/term.ts';
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
  async register(deadline: Deadline, via: Via = this.via): Promise<Outcome> {
    const outcome = await this.#attempt(deadline, via);
    // Who had it has ended in between; the node that said so is asked once more.
    return outcome.holder === undefined ? this.#attempt(deadline, [outcome.node]) : outcome;
  }

  /** Registers the name, whoever has it. */
  async reRegister(deadline: Deadline, via: Via = this.via): Promise<Outcome> {
    const { node } = await this.servers.ask(deadline, via, 're_register_name', [this.name, this.pid, this.method]);
    return { node, holder: this.pid };
  }

  async #attempt(deadline: Deadline, via: Via): Promise<Outcome> {
    const { node, answer } = await this.servers.ask(deadline, via, 'register_name', [this.name, this.pid, this.method]);
    if (answer === YES) return { node, holder: this.pid };
    // It may be that an earlier attempt succeeded, whose answer was lost with its node.
    const holder = await this.holder(deadline, node);
    if (holder === undefined || !this.isGone(holder)) return { node, holder };
    return this.reRegister(deadline, [node]);
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
}
