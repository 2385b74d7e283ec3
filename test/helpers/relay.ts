/** A relay on a port of its own that hides from either side that the other is gone: what is left are half-open connections. */
import { connect, type Socket } from 'node:net';
import { LoopbackServer } from './loopback-server.ts';

/** How far a relay with a rate may be behind it, in milliseconds. */
const MOST_BEHIND = 200;

export class Relay extends LoopbackServer {
  /** How much it passes on in each direction, in bytes per second. */
  rate = Number.POSITIVE_INFINITY;

  private constructor(
    /** Where the next connection leads to: a port of 127.0.0.1. */
    public target: number,
  ) {
    super(true);
  }

  /** @param target - a port of 127.0.0.1 */
  static start(target: number): Promise<Relay> {
    return new Relay(target).listen();
  }

  protected override connected(near: Socket): void {
    const far = this.owns(connect(this.target, '127.0.0.1'));
    this.#pass(near, far);
    this.#pass(far, near);
  }

  #pass(from: Socket, to: Socket): void {
    let due = 0;
    from.on('data', (bytes) => {
      to.write(bytes);
      if (this.rate === Number.POSITIVE_INFINITY) return;
      // On a busy machine timers are late, which the next pieces make up for.
      due = Math.max(due, performance.now() - MOST_BEHIND) + (bytes.length / this.rate) * 1_000;
      const pause = due - performance.now();
      if (pause <= 0) return;
      from.pause();
      setTimeout(() => from.resume(), pause);
    });
  }
}
