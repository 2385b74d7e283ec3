/**
 * The most that a mailbox holds of what peers send to it. Erlang has nothing like it: there a process can be sent more than it takes,
 * until its node has no memory left.
 */
import { publishFull } from '../diagnostics.ts';
import type { Receiver, SignalSource } from '../distribution/control/signals.ts';
import { HiddenNodeError } from '../errors.ts';
import type { Term } from '../term/term.ts';
import { type Found, MessageQueue, type Queue } from './message-queue.ts';

/** How much a mailbox holds before its links stop reading: so many messages, or so many bytes, whichever comes first. */
export interface BoundOptions {
  /** Messages. Default: no limit. */
  messages?: number | undefined;
  /** Bytes, as the messages came from the network; in memory a term takes more. Default: no limit. */
  bytes?: number | undefined;
}

/** Who has a bound, for those who observe it. */
export interface BoundOwner {
  node: string;
  /** The registered name, or `pid`. */
  to: string;
}

interface Sized extends Found {
  bytes: number;
}

/** The queue of a mailbox with a bound. What does not fit waits outside, with the links that bring it. */
export class BoundedQueue implements Queue, Receiver {
  readonly #messages = new MessageQueue<Sized>();
  readonly #mostMessages: number;
  readonly #mostBytes: number;
  readonly #waiting = new Set<SignalSource>();
  #bytes = 0;
  #comingBytes = 0;

  /** @throws `invalid_argument` */
  constructor(
    options: BoundOptions,
    private readonly owner: BoundOwner,
  ) {
    this.#mostMessages = limit('messages', options.messages);
    this.#mostBytes = limit('bytes', options.bytes);
    if (this.#mostMessages === Number.POSITIVE_INFINITY && this.#mostBytes === Number.POSITIVE_INFINITY) {
      throw new HiddenNodeError('invalid_argument', 'a bound is a number of messages or of bytes, or both', {});
    }
  }

  get size(): number {
    return this.#messages.size;
  }

  get full(): boolean {
    return this.#messages.size >= this.#mostMessages || this.#bytes >= this.#mostBytes;
  }

  /**
   * Asked before a message is delivered.
   *
   * @param source - who brings it; undefined: this node itself, which cannot be made to wait
   * @returns false when there is no room: the source has been told to bring it again
   */
  admits(source: SignalSource | undefined): boolean {
    if (source !== undefined && this.full) {
      if (!this.#waiting.has(source)) publishFull(this.owner.node, this.owner.to, source.peer);
      this.#waiting.add(source);
      source.hold(this);
      return false;
    }
    this.#comingBytes = source?.bytes ?? 0;
    return true;
  }

  add(message: Term): void {
    // What comes without having been admitted, such as DOWN, has been asked for by the mailbox itself.
    const bytes = this.#comingBytes;
    this.#comingBytes = 0;
    this.#bytes += bytes;
    this.#messages.add({ message, bytes });
  }

  take(accepts?: (message: Term) => boolean): Found | undefined {
    const found = this.#messages.take(accepts && (({ message }) => accepts(message)));
    if (found === undefined) return undefined;
    this.#bytes -= found.message.bytes;
    if (this.#waiting.size > 0 && this.#isHalfEmpty) this.#release();
    return found.message;
  }

  clear(): void {
    this.#messages.clear();
    this.#bytes = 0;
    this.#release();
  }

  forget(source: SignalSource): void {
    this.#waiting.delete(source);
  }

  get #isHalfEmpty(): boolean {
    return this.#messages.size <= this.#mostMessages / 2 && this.#bytes <= this.#mostBytes / 2;
  }

  #release(): void {
    for (const source of this.#waiting) source.release();
  }
}

function limit(name: string, value: number | undefined): number {
  if (value === undefined) return Number.POSITIVE_INFINITY;
  if (typeof value === 'number' && value >= 1) return value;
  throw new HiddenNodeError('invalid_argument', `a bound has a number of ${name} from 1, not ${String(value)}`, {
    [name]: value,
  });
}
