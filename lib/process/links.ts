/**
 * Links between processes of this node and others.
 * Erlang documentation: "Distribution Protocol", section "Link Protocol"; `erlang:link/1`, `erlang:unlink/1`.
 */
import { type Atom, atom } from '../term/atom.ts';
import type { Pid } from '../term/pid.ts';
import type { EncodableTerm, Term } from '../term/term.ts';
import { pidKey } from './keys.ts';
import type { LocalProcess } from './local-process.ts';
import { MapPerProcess } from './map-per-process.ts';
import type { Nodes } from './nodes.ts';

const NOPROC = atom('noproc');
const NOCONNECTION = atom('noconnection');

interface Link {
  readonly other: Pid;
  /** The unlinking that has not been acknowledged yet: until then the link is there, but no exit signal passes. */
  unlinking: number | undefined;
  /** The other node has not been told of it, because it is not connected yet. */
  untold?: boolean;
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
    const sender = this.nodes.to(other.node);
    // One that is taken back before it was said need not be said again.
    if (!known?.untold) sender.link(process.pid, other);
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
    known.unlinking = this.#lastUnlinking;
    this.#tellUnlink(process, known);
  }

  /** There is a link to a node now, and it is known what the node understands. */
  nodeUp(node: Atom): void {
    for (const [process, link] of this.#links.takeIf((each) => each.untold === true && each.other.node === node)) {
      this.#links.set(process, pidKey(link.other), link);
      this.#tellUnlink(process, link);
    }
  }

  #tellUnlink(process: LocalProcess, link: Link): void {
    const sender = this.nodes.existing(link.other.node);
    const acknowledged = sender?.unlink(link.unlinking!, process.pid, link.other);
    link.untold = sender !== undefined && acknowledged === undefined;
    const nothingToCome = !link.untold && (!acknowledged || process.ended);
    if (nothingToCome) this.#links.delete(process, pidKey(link.other));
  }

  /** True when an exit signal of the other process would count. */
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
    for (const link of this.#links.take(process)) {
      const { other, unlinking, untold } = link;
      if (unlinking === undefined) this.nodes.existing(other.node)?.exit(process.pid, other, reason);
      else if (untold) this.#links.set(process, pidKey(other), link);
    }
  }

  nodeDown(node: Atom): void {
    for (const [process, { other, unlinking }] of this.#links.takeIf((link) => link.other.node === node)) {
      if (unlinking === undefined) this.broken(process, other, NOCONNECTION);
    }
  }
}
