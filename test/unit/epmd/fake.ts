/** A listener in EPMD's place that does what the test says with each connection. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

export class FakeEpmd {
  readonly connections: Socket[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(behave: (socket: Socket) => void, at: { host?: string; port?: number } = {}): Promise<FakeEpmd> {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      fake.connections.push(socket);
      behave(socket);
    });
    const fake = new FakeEpmd(server);
    server.listen(at.port ?? 0, at.host ?? '127.0.0.1');
    await once(server, 'listening');
    return fake;
  }

  /** Answers each request with these bytes, and ends the connection unless told to keep it. */
  static answering(bytes: Buffer | string, keep = false): Promise<FakeEpmd> {
    return FakeEpmd.start((socket) => {
      socket.once('data', () => (keep ? socket.write(bytes) : socket.end(bytes)));
    });
  }

  /** Accepts and never says anything. */
  static silent(): Promise<FakeEpmd> {
    return FakeEpmd.start((socket) => socket.resume());
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.connections) socket.destroy();
    this.#server.close();
    if (this.#server.listening) await once(this.#server, 'close');
  }
}

/** Resolves when the connection is closed, however it came to that. */
export async function closed(socket: Socket | undefined): Promise<void> {
  if (!socket!.destroyed) await new Promise((resolve) => socket!.once('close', resolve));
}
