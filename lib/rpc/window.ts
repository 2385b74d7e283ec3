/**
 * Sends to one process no faster than it acknowledges, so that it can be flooded safely: Erlang's mailboxes have no limit.
 * Each message is the request of a call as `gen_server` answers it, and the answer is the acknowledgement.
 * Erlang documentation: stdlib, `gen_server:call/3`, `gen_server:reply/2`; `erlang:monitor/3`.
 */
import { HiddenNodeError } from '../errors.ts';
import type { Registered } from '../process/destination.ts';
import type { Mailbox } from '../process/mailbox.ts';
import { atom } from '../term/atom.ts';
import { decode } from '../term/decoder.ts';
import { EncodedTerm } from '../term/encoded-term.ts';
import { encode } from '../term/encoder.ts';
import { excerpt } from '../term/excerpt.ts';
import type { Pid } from '../term/pid.ts';
import type { Reference } from '../term/reference.ts';
import type { EncodableTerm, Term } from '../term/term.ts';
import { Tuple, tuple } from '../term/tuple.ts';
import { checkTimeout, Waiter } from '../waiter.ts';

const GEN_CALL = atom('$gen_call');
const DOWN = atom('DOWN');
const NOCONNECTION = atom('noconnection');

const DEFAULT_SIZE = 64;

/**
 * Puts a message into the form in which its receiver expects it.
 *
 * @param message - stands for the message, which is encoded already: to be put somewhere into the result as it is
 * @param from - `{Pid, Tag}`: the receiver acknowledges by sending `{Tag, _}` to Pid, as `gen:reply(From, ok)` does
 */
export type Envelope = (message: EncodableTerm, from: Tuple<[Pid, number]>) => EncodableTerm;

/** Options of {@link HiddenNode.window}. */
export interface WindowOptions {
  /** How many messages may be on their way or in the receiver at once. Default: 64. */
  size?: number | undefined;
  /** Milliseconds that each `send` and `flush` waits, unless its call says otherwise. Default: no limit. */
  timeout?: number | undefined;
  /** The form of each message. Default: `{'$gen_call', From, Message}`, which is a call for a `gen_server`. */
  envelope?: Envelope | undefined;
}

/** How long to wait, and what ends the wait early. */
export interface WindowWaitOptions {
  /** Milliseconds. Default: that of the window. */
  timeout?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** A message that nobody has been able to send yet, or a wait for all before it. */
interface Waiting {
  /** The number of the message, or of the last one that is waited for. */
  number: number;
  waiter: Waiter<void>;
}

interface WaitingSend extends Waiting {
  bytes: Buffer;
}

const genCall: Envelope = (message, from) => tuple(GEN_CALL, from, message);

/** A sender with a limit on what is not acknowledged. Made by {@link HiddenNode.window}. */
export class Window implements AsyncDisposable {
  readonly #mailbox: Mailbox;
  readonly #envelope: Envelope;
  readonly #timeout: number;
  #to: Pid | Registered;
  #monitor: Reference;
  #lastNumber = 0;
  #failure: HiddenNodeError | undefined;
  #closed = false;
  readonly #unacknowledged = new Map<number, Buffer>();
  readonly #sends = new Set<WaitingSend>();
  readonly #flushes = new Set<Waiting>();

  /** How many messages may be unacknowledged. */
  readonly size: number;

  /** @internal @param mailbox - for this window alone */
  constructor(mailbox: Mailbox, to: Pid | Registered, options: WindowOptions) {
    const { size = DEFAULT_SIZE, timeout = Number.POSITIVE_INFINITY, envelope = genCall } = options;
    this.#mailbox = mailbox;
    this.#envelope = envelope;
    this.#timeout = timeout;
    this.#to = to;
    this.size = size;
    try {
      checkTimeout(timeout);
      checkSize(size);
      this.#monitor = mailbox.monitor(to);
    } catch (error) {
      mailbox.close();
      throw error;
    }
    mailbox.onMessage((message) => this.#received(message));
    void mailbox.ended.then((reason) => this.#fail(reason));
  }

  /** Why nothing can be sent any more, until {@link resume}; undefined while all is well. */
  get failure(): HiddenNodeError | undefined {
    return this.#failure;
  }

  /**
   * Sends a message as soon as fewer than {@link size} are unacknowledged. It is encoded by the call itself, so what is changed in it
   * later does not matter. Messages are sent in the order of the calls.
   *
   * @param options.timeout - milliseconds to wait for room; default: that of the window
   * @param options.signal - gives up when it fires
   * @returns when the message has been sent. Until it is acknowledged it is among {@link unacknowledged}
   * @throws HiddenNodeError; the message was not sent then
   *   - `not_a_term`, `term_too_deep`, `invalid_argument`
   *   - `timeout`, `aborted`: there was no room
   *   - `process_down`, `noconnection`: the receiver has ended, or is out of reach; so until {@link resume}
   *   - `window_closed`, `node_stopped`, `exited`
   */
  async send(message: EncodableTerm, options: WindowWaitOptions = {}): Promise<void> {
    // Inside of a tuple, since that is where it will stand: so its depth is looked at as that of the envelope will be.
    const bytes = encode(tuple(message));
    if (this.#failure !== undefined) throw this.#failure;
    const { timeout = this.#timeout, signal } = options;
    checkTimeout(timeout);
    if (signal?.aborted) throw new HiddenNodeError('aborted', 'the send was aborted', {}, signal.reason);
    if (this.#hasRoom && this.#sends.size === 0) return this.#transmit(++this.#lastNumber, bytes);
    await this.#wait(this.#sends, { number: ++this.#lastNumber, bytes }, timeout, signal);
  }

  /**
   * Waits until everything is acknowledged for which `send` has been called.
   *
   * @param options.timeout - milliseconds; default: that of the window
   * @param options.signal - gives up when it fires
   * @throws `timeout`, `aborted`, `invalid_argument`; `process_down`, `noconnection`, `window_closed`, `node_stopped`, `exited`
   */
  async flush(options: WindowWaitOptions = {}): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const { timeout = this.#timeout, signal } = options;
    checkTimeout(timeout);
    if (this.#oldest === undefined) return;
    await this.#wait(this.#flushes, { number: this.#lastNumber }, timeout, signal);
  }

  /**
   * The messages that have been sent and not been acknowledged, oldest first, in the form in which a receiver decodes them (floats as
   * `Float`). After a failure their receiver may have got them or not.
   */
  unacknowledged(): Term[] {
    return [...this.#unacknowledged.values()].map(
      (bytes) => (decode(bytes, { floats: 'exact' }) as Tuple<[Term]>).elements[0],
    );
  }

  /**
   * Goes on after `process_down` or `noconnection`: everything unacknowledged is sent again, in order. So each message arrives once at
   * least, and those that had arrived without being acknowledged arrive twice.
   *
   * @param to - the receiver; default: the same as before
   * @throws `invalid_argument` when nothing has failed; `window_closed`, `node_stopped`, `exited`; as {@link HiddenNode.send}
   */
  resume(to: Pid | Registered = this.#to): void {
    const failure = this.#failure;
    if (failure === undefined) {
      throw new HiddenNodeError('invalid_argument', 'the window has not failed, so there is nothing to resume', {});
    }
    if (this.#closed) throw failure;
    this.#monitor = this.#mailbox.monitor(to);
    this.#to = to;
    this.#failure = undefined;
    // Under new numbers: what an earlier receiver still says is not about these.
    const messages = [...this.#unacknowledged.values()];
    this.#unacknowledged.clear();
    for (const bytes of messages) this.#unacknowledged.set(++this.#lastNumber, bytes);
    try {
      for (const [number, bytes] of this.#unacknowledged) this.#transmit(number, bytes);
    } catch (error) {
      this.#failure = failure;
      throw error;
    }
  }

  /** Ends the window. What has been sent stays sent; acknowledgements are not waited for, which {@link flush} does. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#fail(
      new HiddenNodeError('window_closed', `the window of ${this.#to} is closed`, { node: this.#to.node.name }),
    );
    this.#mailbox.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  get #hasRoom(): boolean {
    return this.#unacknowledged.size < this.size;
  }

  /** The number of the oldest message that is not acknowledged, sent or not. */
  get #oldest(): number | undefined {
    for (const number of this.#unacknowledged.keys()) return number;
    for (const { number } of this.#sends) return number;
    return undefined;
  }

  #transmit(number: number, bytes: Buffer): void {
    // Behind the version and the header of the tuple.
    const message = new EncodedTerm(bytes.subarray(3)) as unknown as EncodableTerm;
    this.#mailbox.send(this.#to, this.#envelope(message, tuple(this.#mailbox.pid, number)));
    this.#unacknowledged.set(number, bytes);
  }

  #wait<W extends Waiting>(
    among: Set<W>,
    what: Omit<W, 'waiter'>,
    timeout: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const waiter = new Waiter<void>({
      timeout,
      signal,
      expired: () =>
        new HiddenNodeError('timeout', `${this.#to} did not acknowledge enough within ${timeout} ms`, {
          node: this.#to.node.name,
          timeout,
          unacknowledged: this.#unacknowledged.size,
        }),
      left: () => among.delete(waiting),
    });
    const waiting = { ...what, waiter } as W;
    among.add(waiting);
    return waiter.promise;
  }

  #received(message: Term): void {
    const elements = message instanceof Tuple ? (message.elements as Term[]) : [];
    if (elements.length === 2) return this.#acknowledged(elements[0]);
    if (elements.length === 5 && elements[0] === DOWN && this.#monitor.equals(elements[1])) this.#down(elements[4]);
  }

  #acknowledged(tag: Term): void {
    if (!this.#unacknowledged.delete(tag as number)) return;
    for (const send of this.#sends) {
      if (!this.#hasRoom) break;
      this.#sends.delete(send);
      this.#sendWaiting(send);
    }
    this.#settleFlushes();
  }

  #sendWaiting({ number, bytes, waiter }: WaitingSend): void {
    try {
      this.#transmit(number, bytes);
      waiter.settle();
    } catch (error) {
      waiter.fail(error);
    }
  }

  #settleFlushes(): void {
    if (this.#flushes.size === 0) return;
    const oldest = this.#oldest ?? Number.POSITIVE_INFINITY;
    for (const flush of this.#flushes) {
      if (flush.number >= oldest) continue;
      this.#flushes.delete(flush);
      flush.waiter.settle();
    }
  }

  #down(reason: Term): void {
    const node = this.#to.node.name;
    if (reason === NOCONNECTION) {
      return this.#fail(new HiddenNodeError('noconnection', `${node} is out of reach`, { node }));
    }
    this.#fail(new HiddenNodeError('process_down', `${this.#to} has ended: ${excerpt(reason)}`, { node, reason }));
  }

  #fail(reason: HiddenNodeError): void {
    if (this.#closed && this.#failure?.code === 'window_closed') return;
    this.#closed ||= this.#mailbox.closed;
    this.#failure = reason;
    const waiting = [...this.#sends, ...this.#flushes];
    this.#sends.clear();
    this.#flushes.clear();
    for (const { waiter } of waiting) waiter.fail(reason);
  }
}

function checkSize(size: number): void {
  if (Number.isInteger(size) && size >= 1) return;
  throw new HiddenNodeError('invalid_argument', `the size of a window is a whole number from 1, not ${size}`, { size });
}
