/**
 * The group leaders of the functions that this node calls: what they print and log appears on their own node, because this one is no
 * terminal. So it is the process that is registered there as `user`, which each node is asked for once.
 * Erlang documentation: kernel, `user`; Erlang Reference Manual, "The Erlang I/O Protocol".
 */
import { isHiddenNodeError } from '../errors.ts';
import { type Atom, atom } from '../term/atom.ts';
import { Pid } from '../term/pid.ts';
import { USER } from './call.ts';
import type { Erpc } from './erpc.ts';

const ERLANG = atom('erlang');
const WHEREIS = atom('whereis');

export class GroupLeaders {
  readonly #leaders = new Map<Atom, Pid | Promise<Pid>>();

  /** @param nobody - a pid of this node without a process: who wants to print is told at once that it cannot */
  constructor(
    private readonly erpc: Erpc,
    private readonly nobody: Pid,
  ) {}

  /** The group leader on a node; a promise as long as it is being asked for. */
  of(node: Atom): Pid | Promise<Pid> {
    if (node === this.nobody.node) return this.nobody;
    const known = this.#leaders.get(node);
    if (known !== undefined) return known;
    const asked = this.#user(node);
    this.#leaders.set(node, asked);
    // Unless the connection was lost meanwhile: then it is another node by now.
    const isCurrent = (): boolean => this.#leaders.get(node) === asked;
    asked.then(
      (leader) => isCurrent() && this.#leaders.set(node, leader),
      () => isCurrent() && this.#leaders.delete(node),
    );
    return asked;
  }

  /** What is found next time may be another one. */
  nodeDown(node: Atom): void {
    this.#leaders.delete(node);
  }

  async #user(node: Atom): Promise<Pid> {
    try {
      const to = { node, module: ERLANG, name: WHEREIS, args: [USER] };
      const user = await this.erpc.call(to, this.nobody, { timeout: Number.POSITIVE_INFINITY });
      return user instanceof Pid ? user : this.nobody;
    } catch (error) {
      if (!isHiddenNodeError(error, 'badrpc')) throw error;
      return this.nobody;
    }
  }
}
