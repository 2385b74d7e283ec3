/** Who is told when processes join groups and leave them. Erlang documentation: kernel, `pg:monitor/2`, `pg:monitor_scope/1`. */
import type { GroupChange } from './pg-protocol.ts';

/**
 * The changes of one group, or of all groups of a scope, from the moment it was made. They are taken in a `for await` loop, or by a handler;
 * until then they wait, without a limit: close a monitor that is not wanted any more. Made by {@link PgScope.monitor} and {@link PgScope.monitorScope}.
 */
export class PgMonitor implements AsyncIterable<GroupChange>, Disposable {
  readonly #forget: (monitor: PgMonitor) => void;
  readonly #changes: GroupChange[] = [];
  readonly #waiting: ((result: IteratorResult<GroupChange, void>) => void)[] = [];
  #handler: ((change: GroupChange) => void) | undefined;
  #closed = false;

  /** @internal */
  constructor(forget: (monitor: PgMonitor) => void) {
    this.#forget = forget;
  }

  /**
   * Hands every change to a function, in order, first those that wait. What it throws is an uncaught exception of the process.
   *
   * @param handler - undefined: changes wait again
   */
  onChange(handler: ((change: GroupChange) => void) | undefined): this {
    this.#handler = handler;
    while (this.#handler !== undefined && this.#changes.length > 0) this.#handle(this.#changes.shift()!);
    return this;
  }

  /** Takes change after change until the monitor or its scope is closed. Leaving the loop does not close it. */
  [Symbol.asyncIterator](): AsyncIterator<GroupChange, void, undefined> {
    return { next: () => this.#next() };
  }

  /** Ends the monitor: changes that wait are dropped, and loops end. Erlang documentation: `pg:demonitor/2`. */
  close(): void {
    this.#forget(this);
    this.end();
    this.#changes.length = 0;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal A change has happened. */
  put(change: GroupChange): void {
    if (this.#handler !== undefined) return this.#handle(change);
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#changes.push(change);
    else waiting({ done: false, value: change });
  }

  /** @internal No more changes will come. */
  end(): void {
    this.#closed = true;
    for (const settle of this.#waiting.splice(0)) settle({ done: true, value: undefined });
  }

  async #next(): Promise<IteratorResult<GroupChange, void>> {
    const change = this.#changes.shift();
    if (change !== undefined) return { done: false, value: change };
    if (this.#closed) return { done: true, value: undefined };
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #handle(change: GroupChange): void {
    try {
      this.#handler!(change);
    } catch (error) {
      // Thrown from here it would hold up the scope, and the link that brought the change.
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}
