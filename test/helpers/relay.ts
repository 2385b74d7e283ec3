/** A relay on a port of its own that hides from either side that the other is gone: what is left are half-open connections. */
import { connect, type Socket } from 'node:net';
import { LoopbackServer } from './loopback-server.ts';

export class Relay extends LoopbackServer {
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
    near.on('data', (bytes) => far.write(bytes));
    far.on('data', (bytes) => near.write(bytes));
  }
}
