/**
 * A mailbox is what a process is in Erlang, seen from JavaScript: a pid, perhaps a registered name, and the messages that
 * were sent to either.
 */
import { HiddenNodeError } from '../errors.ts';
import { matches, type Pattern } from '../term/pattern.ts';
import type { Pid } from '../term/pid.ts';
import type { EncodableTerm, Term } from '../term/term.ts';
import { checkTimeout, Waiter } from '../waiter.ts';
import type { Destination } from './destination.ts';
import { type Found, MessageQueue } from './message-queue.ts';

/** Chooses a message: a function of it, or a term that it must equal, where {@link ANY} stands for anything. */
export type Match = ((message: Term) => boolean) | Pattern;

export interface ReceiveOptions {
  /** Only a message that matches is taken; others stay, in order. */
  match?: Match | undefined;
  /** Milliseconds to wait; default: for ever. 0 only looks at what is there. */
  timeout?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** What a mailbox needs of its node. */
export interface MailboxOwner {
  send(from: Pid, to: Destination, message: EncodableTerm): boolean;
  closed(mailbox: Mailbox): void;
}

/** A receive that waits for its message. */
interface WaitingReceive {
  accepts: ((message: Term) => boolean) | undefined;
  waiter: Waiter<Term>;
}

function expired(timeout: number): HiddenNodeError {
  return new HiddenNodeError('timeout', `no message came within ${timeout} ms`, { timeout });
}

function predicate(match: Match | undefined): ((message: Term) => boolean) | undefined {
  if (match === undefined || typeof match === 'function') return match;
  return (message) => matches(match, message);
}

/**
 * Receives the messages of one process. Made by {@link HiddenNode.mailbox}.
 *
 * Messages are taken in one of three ways: one at a time by {@link receive}, in a `for await` loop, or by a handler. As in
 * Erlang, messages from one sender arrive in the order in which they were sent.
 */
export class Mailbox implements AsyncIterable<Term>, AsyncDisposable {
  readonly #queue = new MessageQueue();
  readonly #waiting = new Set<WaitingReceive>();
  #handler: ((message: Term) => void) | undefined;
  #ended: HiddenNodeError | undefined;

  /** @internal */
  constructor(
    /** The process identifier, by which Erlang processes send to this mailbox. */
    readonly pid: Pid,
    /** The name under which it is registered on its node, if it is. */
    readonly name: string | undefined,
    private readonly owner: MailboxOwner,
  ) {}

  /** How many messages wait to be taken. */
  get size(): number {
    return this.#queue.size;
  }

  /** True after {@link close}. */
  get closed(): boolean {
    return this.#ended !== undefined;
  }

  /**
   * Sends a message from this mailbox, as {@link HiddenNode.send} does from the node. Towards a registered name the
   * receiver's node sees this mailbox as the sender.
   *
   * @returns false when more than the high-water mark waits to be sent to that node; the message was accepted all the same
   * @throws `mailbox_closed`, `node_stopped`, `not_a_term`, `invalid_node_name`, `name_domain_mismatch`
   */
  send(to: Destination, message: EncodableTerm): boolean {
    if (this.#ended !== undefined) throw this.#ended;
    return this.owner.send(this.pid, to, message);
  }

  /**
   * Takes the oldest message, or the oldest that matches, waiting for it if need be. Several receives at once are served in
   * the order of their calls. Erlang Reference Manual: "Expressions", section "Receive".
   *
   * @param options.match - a predicate, or a term in which `ANY` stands for anything; default: any message
   * @param options.timeout - milliseconds; default: no limit
   * @param options.signal - gives up when it fires
   * @returns the message
   * @throws `timeout`, `aborted`, `mailbox_closed`, `node_stopped`; what the predicate throws
   */
  async receive<T extends Term = Term>(options: ReceiveOptions = {}): Promise<T> {
    const accepts = predicate(options.match);
    const { timeout = Number.POSITIVE_INFINITY, signal } = options;
    checkTimeout(timeout);
    if (this.#ended !== undefined) throw this.#ended;
    if (signal?.aborted) throw new HiddenNodeError('aborted', 'the receive was aborted', {}, signal.reason);
    const found = this.#queue.take(accepts);
    if (found !== undefined) return found.message as T;
    if (timeout === 0) throw expired(timeout);
    return this.#wait(accepts, timeout, signal) as Promise<T>;
  }

  /**
   * Hands every message to a function, in order, first those that wait. A message costs nothing beyond the call. What the
   * function throws is an uncaught exception of the process, and does not hold up the messages behind it.
   *
   * @param handler - undefined: messages wait in the mailbox again
   */
  onMessage<T extends Term = Term>(handler: ((message: T) => void) | undefined): this {
    this.#handler = handler as ((message: Term) => void) | undefined;
    while (this.#handler !== undefined) {
      const next = this.#queue.take();
      if (next === undefined) break;
      this.#handle(next.message);
    }
    return this;
  }

  /** Takes message after message until the mailbox is closed. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Term, void, undefined> {
    for (;;) {
      const found = this.#queue.take();
      if (found !== undefined) {
        yield found.message;
        continue;
      }
      if (this.#ended !== undefined) return;
      const next = await this.#next();
      if (next === undefined) return;
      yield next.message;
    }
  }

  /**
   * Ends the process: messages to it are dropped from now on, its name is free again, processes that monitor it are told,
   * waiting receives reject with `mailbox_closed` and loops end. When its node stops, a mailbox is closed with `node_stopped`.
   */
  close(): void {
    this.end(
      new HiddenNodeError('mailbox_closed', `the mailbox ${this.name ?? this.pid} is closed`, { name: this.name }),
    );
  }

  /** @internal Closes the mailbox for a reason that those who wait are told. */
  end(reason: HiddenNodeError): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.owner.closed(this);
    for (const { waiter } of this.#waiting) waiter.fail(reason);
    this.#waiting.clear();
    this.#queue.clear();
  }

  /** @internal Puts a message into the mailbox. */
  deliver(message: Term): void {
    if (this.#handler !== undefined) return this.#handle(message);
    for (const waiting of this.#waiting) {
      if (!this.#accepts(waiting, message)) continue;
      this.#waiting.delete(waiting);
      return waiting.waiter.settle(message);
    }
    this.#queue.add(message);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  /** What a predicate throws is the failure of its receive, not of the link that brought the message. */
  #accepts(waiting: WaitingReceive, message: Term): boolean {
    try {
      return waiting.accepts === undefined || waiting.accepts(message);
    } catch (error) {
      this.#waiting.delete(waiting);
      waiting.waiter.fail(error);
      return false;
    }
  }

  #handle(message: Term): void {
    try {
      this.#handler!(message);
    } catch (error) {
      // Thrown from here it would end the reading of the link that brought the message.
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  #wait(accepts: WaitingReceive['accepts'], timeout: number, signal: AbortSignal | undefined): Promise<Term> {
    const waiter = new Waiter<Term>({
      timeout,
      signal,
      expired: () => expired(timeout),
      left: () => this.#waiting.delete(waiting),
    });
    const waiting: WaitingReceive = { accepts, waiter };
    this.#waiting.add(waiting);
    return waiter.promise;
  }

  /** The next message of a loop; nothing when the mailbox is closed. */
  async #next(): Promise<Found | undefined> {
    try {
      return { message: await this.#wait(undefined, Number.POSITIVE_INFINITY, undefined) };
    } catch {
      return undefined;
    }
  }
}
