/** A server of the test's own at a free port of 127.0.0.1, which closes what came to it when it stops. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

export abstract class LoopbackServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #accepted = 0;

  /** @param allowHalfOpen - a connection that the other side has ended is not ended by this side by itself */
  constructor(allowHalfOpen = false) {
    this.#server = createServer({ allowHalfOpen }, (socket) => {
      this.#accepted++;
      this.owns(socket);
      this.connected(socket);
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** How many have connected. */
  get connections(): number {
    return this.#accepted;
  }

  async listen(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  /** Closes every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  async stop(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Somebody has connected. */
  protected abstract connected(socket: Socket): void;

  /** Closes a socket with the others; that it breaks is no failure of the test. */
  protected owns(socket: Socket): Socket {
    this.#sockets.add(socket);
    return socket.on('error', () => undefined);
  }
}
