/**
 * Links between processes of this node and others.
 * Erlang documentation: "Distribution Protocol", section "Link Protocol"; `erlang:link/1`, `erlang:unlink/1`.
 */
import { type Atom, atom } from '../term/atom.ts';
import type { Pid } from '../term/pid.ts';
import type { EncodableTerm, Term } from '../term/term.ts';
import { pidKey } from './keys.ts';
import { type LocalProcess, MapPerProcess } from './local-process.ts';
import type { Nodes } from './nodes.ts';

const NOPROC = atom('noproc');
const NOCONNECTION = atom('noconnection');

interface Link {
  readonly other: Pid;
  /** The unlinking that has not been acknowledged yet: until then the link is there, but no exit signal passes. */
  unlinking: number | undefined;
}

/** Ends or tells a process, because one that it is linked to has ended. */
export type LinkBroken = (process: LocalProcess, from: Pid, reason: Term) => void;

export class Links {
  readonly #links = new MapPerProcess<string, Link>();
  #lastUnlinking = 0;

  constructor(
    private readonly nodes: Nodes,
    private readonly broken: LinkBroken,
  ) {}

  link(process: LocalProcess, other: Pid): void {
    if (pidKey(process.pid) === pidKey(other)) return;
    const known = this.#links.get(process, pidKey(other));
    if (known !== undefined && known.unlinking === undefined) return;
    this.nodes.to(other.node).link(process.pid, other);
    this.established(process, other);
  }

  /** Sets up a link that the other process knows of. */
  established(process: LocalProcess, other: Pid): void {
    this.#links.set(process, pidKey(other), { other, unlinking: undefined });
  }

  unlink(process: LocalProcess, other: Pid): void {
    const known = this.#links.get(process, pidKey(other));
    if (known === undefined || known.unlinking !== undefined) return;
    this.#lastUnlinking++;
    const sender = this.nodes.existing(other.node);
    if (sender?.unlink(this.#lastUnlinking, process.pid, other)) known.unlinking = this.#lastUnlinking;
    else this.#links.delete(process, pidKey(other));
  }

  /** The processes that a process is linked to. */
  isLinked(process: LocalProcess, other: Pid): boolean {
    const known = this.#links.get(process, pidKey(other));
    return known !== undefined && known.unlinking === undefined;
  }

  /** A process of ours is linked by another. While an unlinking is under way, that one wins. */
  linked(process: LocalProcess | undefined, from: Pid, to: Pid): void {
    if (process === undefined) this.nodes.existing(from.node)?.exit(to, from, NOPROC);
    else if (this.#links.get(process, pidKey(from)) === undefined) this.established(process, from);
  }

  unlinked(process: LocalProcess | undefined, id: number | bigint | undefined, from: Pid, to: Pid): void {
    if (id !== undefined) this.nodes.existing(from.node)?.unlinkAcknowledge(id, to, from);
    if (process !== undefined && this.isLinked(process, from)) this.#links.delete(process, pidKey(from));
  }

  unlinkAcknowledged(process: LocalProcess, id: number | bigint, from: Pid): void {
    if (this.#links.get(process, pidKey(from))?.unlinking === Number(id)) this.#links.delete(process, pidKey(from));
  }

  /** A process that ours may be linked to has ended. */
  exited(process: LocalProcess, from: Pid, reason: Term): void {
    const wasLinked = this.isLinked(process, from);
    this.#links.delete(process, pidKey(from));
    if (wasLinked) this.broken(process, from, reason);
  }

  /** A process of ours has ended. */
  ended(process: LocalProcess, reason: EncodableTerm): void {
    for (const { other, unlinking } of this.#links.take(process)) {
      if (unlinking === undefined) this.nodes.existing(other.node)?.exit(process.pid, other, reason);
    }
  }

  nodeDown(node: Atom): void {
    for (const [process, { other, unlinking }] of this.#links.takeIf((link) => link.other.node === node)) {
      if (unlinking === undefined) this.broken(process, other, NOCONNECTION);
    }
  }
}
