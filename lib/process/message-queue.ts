/** The messages of a mailbox that nobody has taken yet, oldest first. */
import type { Term } from '../term/term.ts';

/** A message in an object of its own, because a message can be any term, `undefined` among them. */
export interface Found<Message = Term> {
  message: Message;
}

/** What keeps the messages of a mailbox. */
export interface Queue {
  readonly size: number;
  add(message: Term): void;
  /** Takes the oldest message, or the oldest that is accepted. */
  take(accepts?: (message: Term) => boolean): Found | undefined;
  clear(): void;
}

/** When this many places at the front are unused, and they are half of all, the queue is moved up. */
const MOVE_UP = 1024;

export class MessageQueue<Message = Term> {
  #messages: (Message | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#messages.length - this.#head;
  }

  add(message: Message): void {
    this.#messages.push(message);
  }

  /** Takes the oldest message, or the oldest that is accepted. */
  take(accepts?: (message: Message) => boolean): Found<Message> | undefined {
    const messages = this.#messages as Message[];
    for (let i = this.#head; i < messages.length; i++) {
      const message = messages[i];
      if (accepts !== undefined && !accepts(message)) continue;
      // To move up all that is behind the oldest would take long in a long queue.
      if (i > this.#head) messages.splice(i, 1);
      else this.#dropOldest();
      return { message };
    }
    return undefined;
  }

  clear(): void {
    this.#messages = [];
    this.#head = 0;
  }

  #dropOldest(): void {
    this.#messages[this.#head++] = undefined;
    if (this.#head === this.#messages.length) {
      this.clear();
    } else if (this.#head >= MOVE_UP && this.#head * 2 >= this.#messages.length) {
      this.#messages = this.#messages.slice(this.#head);
      this.#head = 0;
    }
  }
}
