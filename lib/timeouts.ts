/**
 * Timeouts for very many waits at once, nearly all of which end before their time. One timer of Node.js serves all waits of the same
 * length: a timer for each would cost more than the rest of a call.
 */

/** How many lengths keep their timer although nobody waits for it at the moment, for those who call one after another. */
const MOST_IDLE = 8;

/** Timers of Node.js may fire earlier than a finer clock says, by less than this, in milliseconds. */
const TIMER_RESOLUTION = 1;

/** Somebody who waits no longer than for a time. */
export abstract class Timed {
  /** @internal Where it waits. */
  queue: Queue | undefined = undefined;
  /** @internal When its time is over. */
  due = 0;
  /** @internal */
  previous: Timed | undefined = undefined;
  /** @internal */
  next: Timed | undefined = undefined;

  /** The time is over. */
  protected abstract timeOver(): void;

  /** @param milliseconds - at most what a timer takes */
  protected startTime(milliseconds: number): void {
    const queue = queues.get(milliseconds) ?? new Queue(milliseconds);
    queue.add(this);
  }

  /** The wait has ended. Does nothing when it has no time, or its time is over. */
  protected stopTime(): void {
    this.queue?.remove(this);
  }

  /** @internal */
  tell(): void {
    this.timeOver();
  }
}

/** Those who wait for the same length of time: they come and would expire in the same order. */
class Queue {
  #first: Timed | undefined;
  #last: Timed | undefined;
  #timer: NodeJS.Timeout;

  constructor(private readonly length: number) {
    queues.set(length, this);
    this.#timer = setTimeout(this.#fire, length);
  }

  add(timed: Timed): void {
    const previous = this.#last;
    timed.queue = this;
    timed.due = performance.now() + this.length;
    timed.previous = previous;
    this.#last = timed;
    if (previous !== undefined) {
      previous.next = timed;
    } else {
      this.#first = timed;
      if (idle.delete(this)) this.#timer.ref();
    }
  }

  remove(timed: Timed): void {
    this.#unlink(timed);
    if (this.#first === undefined) this.#rest();
  }

  #unlink(timed: Timed): void {
    const { previous, next } = timed;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    timed.queue = undefined;
    // What is over must not keep alive what came before and after it.
    timed.previous = undefined;
    timed.next = undefined;
  }

  /** Nobody waits any more: the timer must not keep the process alive, and there must not be ever more of them. */
  #rest(): void {
    if (idle.size < MOST_IDLE) {
      idle.add(this);
      this.#timer.unref();
    } else {
      clearTimeout(this.#timer);
      queues.delete(this.length);
    }
  }

  readonly #fire = (): void => {
    const now = performance.now() + TIMER_RESOLUTION;
    try {
      for (let timed = this.#first; timed !== undefined && timed.due <= now; timed = this.#first) {
        this.#unlink(timed);
        timed.tell();
      }
    } finally {
      if (this.#first !== undefined) {
        this.#timer = setTimeout(this.#fire, this.#first.due - performance.now());
      } else {
        idle.delete(this);
        queues.delete(this.length);
      }
    }
  };
}

/** By length in milliseconds. */
const queues = new Map<number, Queue>();
/** Those in which nobody waits. */
const idle = new Set<Queue>();
