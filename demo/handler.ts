/**
 * The message handler of the Node.js side: a mailbox registered under the name of the Erlang module, which stores, acknowledges
 * and counts as that does. The messages are described in demo/erlang/hidden_node_demo.erl.
 */
import { type Atom, atom, type HiddenNode, type Mailbox, Pid, type Term, Tuple, tuple } from 'hidden-node';
import { Tally } from './tally.ts';

/** The Erlang module, and the name under which every handler is registered on its node. */
export const HANDLER = 'hidden_node_demo';

/** The tags of the messages between handlers. */
export const TAG = {
  message: atom('message'),
  ack: atom('ack'),
  burst: atom('burst'),
  report: atom('report'),
} as const;

/** A stored message. */
export interface Stored {
  /** The name of the node that sent it. */
  from: string;
  number: number;
  body: Term;
}

/** All three kinds of messages; `detail` is a body, a filler, or the process that the report goes to. */
type Message = readonly [tag: Atom, from: Atom, number: number, detail: Term, replyTo?: Term];

/** Stores and counts what other nodes send to this one. */
export class MessageHandler {
  readonly #stored: Stored[] = [];
  readonly #bursts = new Map<Atom, Tally>();
  readonly #node: Atom;
  readonly #mailbox: Mailbox;

  constructor(node: HiddenNode) {
    this.#node = atom(node.name);
    this.#mailbox = node.mailbox(HANDLER).onMessage((message) => this.#handle(message));
  }

  /** Everything that was stored, in the order in which it came. */
  list(): Stored[] {
    return [...this.#stored];
  }

  /** How many messages were stored of each sender, by the name of its node. */
  count(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { from } of this.#stored) counts.set(from, (counts.get(from) ?? 0) + 1);
    return counts;
  }

  #handle(message: Term): void {
    if (!(message instanceof Tuple)) return;
    const [tag, from, number, detail, replyTo] = message.elements as unknown as Message;
    if (tag === TAG.burst) this.#tally(from).add(number);
    else if (tag === TAG.message) this.#store(from, number, detail, replyTo);
    else if (tag === TAG.report && detail instanceof Pid) this.#report(from, number, detail);
  }

  #store(from: Atom, number: number, body: Term, replyTo: Term): void {
    this.#stored.push({ from: from.name, number, body });
    if (replyTo instanceof Pid) this.#mailbox.send(replyTo, tuple(TAG.ack, this.#node, number));
  }

  #report(from: Atom, total: number, replyTo: Pid): void {
    const { micros, ...counts } = this.#tally(from).figures(total);
    this.#mailbox.send(replyTo, tuple(TAG.report, this.#node, { ...counts, micros: Math.round(micros) }));
    this.#bursts.delete(from);
  }

  #tally(from: Atom): Tally {
    const known = this.#bursts.get(from);
    if (known !== undefined) return known;
    const tally = new Tally();
    this.#bursts.set(from, tally);
    return tally;
  }
}
