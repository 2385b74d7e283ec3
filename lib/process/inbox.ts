/**
 * Messages that wait to be taken, and those who wait for messages.
 */
import { HiddenNodeError } from '../errors.ts';
import { matches, type Pattern } from '../term/pattern.ts';
import type { Term } from '../term/term.ts';
import { checkTimeout, Waiter } from '../waiter.ts';
import { type Found, MessageQueue, type Queue } from './message-queue.ts';

/** Chooses a message: a function of it, or a term that it must equal, where {@link ANY} stands for anything. */
export type Match = ((message: Term) => boolean) | Pattern;

export interface ReceiveOptions {
  /** Only a message that matches is taken; others stay, in order. */
  match?: Match | undefined;
  /** Milliseconds to wait; default: for ever. 0 only looks at what is there. */
  timeout?: number | undefined;
  signal?: AbortSignal | undefined;
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
 * Messages are taken in one of three ways: one at a time by {@link receive}, in a `for await` loop, or by a handler. As in
 * Erlang, messages from one sender arrive in the order in which they were sent.
 */
export class Inbox implements AsyncIterable<Term> {
  readonly #queue: Queue;
  readonly #waiting = new Set<WaitingReceive>();
  #handler: ((message: Term) => void) | undefined;
  #over: HiddenNodeError | undefined;

  /** @internal */
  constructor(queue: Queue = new MessageQueue()) {
    this.#queue = queue;
  }

  /** How many messages wait to be taken. */
  get size(): number {
    return this.#queue.size;
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
    if (this.#over !== undefined) throw this.#over;
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

  /**
   * Takes message after message until the mailbox is closed.
   *
   * @throws `exited` when an exit signal ended it
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Term, void, undefined> {
    for (;;) {
      const found = this.#queue.take();
      if (found !== undefined) yield found.message;
      else if (this.#over !== undefined) return this.#endOfLoop(this.#over);
      else {
        const next = await this.#next();
        if (next !== undefined) yield next.message;
      }
    }
  }

  /** Takes a message without waiting for one, if there is one that is accepted. */
  protected takeNow(accepts: (message: Term) => boolean): Found | undefined {
    return this.#queue.take(accepts);
  }

  /** Puts a message into the inbox. */
  protected put(message: Term): void {
    if (this.#over !== undefined) return;
    if (this.#handler !== undefined) return this.#handle(message);
    for (const waiting of this.#waiting) {
      if (!this.#accepts(waiting, message)) continue;
      this.#waiting.delete(waiting);
      return waiting.waiter.settle(message);
    }
    this.#queue.add(message);
  }

  /** Nothing can be taken any more, for a reason that those who wait are told. */
  protected finish(reason: HiddenNodeError): void {
    this.#over = reason;
    for (const { waiter } of this.#waiting) waiter.fail(reason);
    this.#waiting.clear();
    this.#queue.clear();
  }

  /** Somebody else ended the process: a loop must not take that for the end of its work. */
  #endOfLoop(reason: HiddenNodeError): void {
    if (reason.code === 'exited') throw reason;
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
