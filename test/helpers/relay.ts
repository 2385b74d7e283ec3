/** A relay on a port of its own that hides from either side that the other is gone: what is left are half-open connections. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

export class Relay {
  readonly #server: Server;
  readonly #sockets: Socket[] = [];

  private constructor(
    server: Server,
    /** Where the next connection leads to. */
    public target: number,
  ) {
    this.#server = server;
    server.on('connection', (near) => {
      const far = connect(this.target, '127.0.0.1');
      for (const socket of [near, far]) socket.on('error', () => undefined);
      near.on('data', (bytes) => far.write(bytes));
      far.on('data', (bytes) => near.write(bytes));
      this.#sockets.push(near, far);
    });
  }

  /** @param target - a port of 127.0.0.1 */
  static async start(target: number): Promise<Relay> {
    const server = createServer({ allowHalfOpen: true });
    const relay = new Relay(server, target);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return relay;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** How many have connected. */
  get connections(): number {
    return this.#sockets.length / 2;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
