/** A TCP proxy that cuts both of its connections off after a number of bytes, in the middle of whatever those were. */
import { connect, type Socket } from 'node:net';
import { LoopbackServer } from './loopback-server.ts';

export class CuttingProxy extends LoopbackServer {
  #limit: { direction: 'out' | 'in'; bytes: number } | undefined;

  private constructor(private readonly target: number) {
    super();
  }

  /** @param target - the port to go to */
  static start(target: number): Promise<CuttingProxy> {
    return new CuttingProxy(target).listen();
  }

  /** Lets so many more bytes through in one direction, and then cuts. */
  cutAfter(direction: 'out' | 'in', bytes: number): void {
    this.#limit = { direction, bytes };
  }

  protected override connected(near: Socket): void {
    const far = this.owns(connect(this.target, '127.0.0.1'));
    this.#pass(near, far, 'out');
    this.#pass(far, near, 'in');
  }

  #pass(from: Socket, to: Socket, direction: 'out' | 'in'): void {
    from.setNoDelay(true);
    from.on('close', () => this.cut());
    from.on('data', (chunk: Buffer) => {
      const limit = this.#limit?.direction === direction ? this.#limit : undefined;
      const last = limit !== undefined && chunk.length >= limit.bytes;
      const bytes = last ? chunk.subarray(0, limit.bytes) : chunk;
      if (limit !== undefined) limit.bytes -= bytes.length;
      if (!last) return void to.write(bytes);
      // What was let through arrives before the end does: a socket that is destroyed could overtake its own bytes.
      this.#limit = undefined;
      from.removeAllListeners('data').resume();
      to.end(bytes);
    });
  }
}
