/** Who waits for less to wait than the high-water mark: for one peer, or for all of them. */
import { HiddenNodeError } from '../errors.ts';
import { Waiter } from '../waiter.ts';

/** What is to be sent to one peer. */
export interface PeerQueue {
  /** How many bytes wait now. */
  readonly queuedBytes: number;
}

interface Draining {
  waiter: Waiter<void>;
  /** What is waited for now, ... */
  queue: PeerQueue;
  /** ... and whether for all the others as well. */
  all: boolean;
}

export class Drains {
  /** By what they wait for, so that what goes out to one of many peers costs nothing for the others. */
  readonly #waiting = new Map<PeerQueue, Set<Draining>>();

  /**
   * @param highWaterMark - bytes
   * @param queues - one for each peer
   */
  constructor(
    private readonly highWaterMark: number,
    private readonly queues: () => Iterable<PeerQueue>,
  ) {}

  /** @param one - is waited for; absent: all are */
  async drained(timeout: number, signal: AbortSignal | undefined, one: PeerQueue | undefined): Promise<void> {
    const queue = one ?? this.#firstFull();
    if (queue === undefined || !this.#isFull(queue)) return;
    const waiter = new Waiter<void>({
      timeout,
      signal,
      expired: () => stillWaiting(timeout, draining.queue.queuedBytes),
      left: () => this.#remove(draining),
    });
    const draining: Draining = { waiter, queue, all: one === undefined };
    this.#add(draining);
    await waiter.promise;
  }

  /**
   * Less may wait than before.
   *
   * @param queue - there; absent: anywhere
   */
  changed(queue?: PeerQueue): void {
    if (this.#waiting.size === 0) return;
    for (const each of queue === undefined ? [...this.#waiting.keys()] : [queue]) {
      if (!this.#isFull(each)) this.#release(each);
    }
  }

  stop(reason: HiddenNodeError): void {
    for (const group of this.#waiting.values()) for (const { waiter } of group) waiter.fail(reason);
    this.#waiting.clear();
  }

  #release(queue: PeerQueue): void {
    const group = this.#waiting.get(queue);
    if (group === undefined) return;
    this.#waiting.delete(queue);
    const next = this.#firstFull();
    for (const draining of group) {
      if (draining.all && next !== undefined) this.#add(Object.assign(draining, { queue: next }));
      else draining.waiter.settle();
    }
  }

  #add(draining: Draining): void {
    const group = this.#waiting.get(draining.queue);
    if (group === undefined) this.#waiting.set(draining.queue, new Set([draining]));
    else group.add(draining);
  }

  #remove(draining: Draining): void {
    const group = this.#waiting.get(draining.queue);
    group?.delete(draining);
    if (group?.size === 0) this.#waiting.delete(draining.queue);
  }

  #isFull({ queuedBytes }: PeerQueue): boolean {
    return queuedBytes >= this.highWaterMark;
  }

  #firstFull(): PeerQueue | undefined {
    for (const queue of this.queues()) if (this.#isFull(queue)) return queue;
    return undefined;
  }
}

/** The error for a wait whose time ran out. */
export function stillWaiting(timeout: number, queuedBytes: number): HiddenNodeError {
  const message = `${queuedBytes} bytes still wait to be sent after ${timeout} ms`;
  return new HiddenNodeError('timeout', message, { timeout, queuedBytes });
}
