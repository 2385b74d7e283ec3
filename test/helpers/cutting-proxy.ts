/** A TCP proxy that cuts both of its connections off after a number of bytes, in the middle of whatever those were. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class CuttingProxy {
  /** Bytes that have gone through, from the side that connected and to it. */
  readonly passed = { out: 0, in: 0 };
  readonly #sockets = new Set<Socket>();
  #limit: { direction: 'out' | 'in'; bytes: number } | undefined;

  private constructor(private readonly server: Server) {}

  /** @param target - the port to go to */
  static async start(target: number): Promise<CuttingProxy> {
    const server = createServer();
    const proxy = new CuttingProxy(server);
    server.on('connection', (near) => proxy.#join(near, connect(target, '127.0.0.1')));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Lets so many more bytes through in one direction, and then cuts. */
  cutAfter(direction: 'out' | 'in', bytes: number): void {
    this.#limit = { direction, bytes };
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  async stop(): Promise<void> {
    this.cut();
    this.server.close();
    await once(this.server, 'close');
  }

  #join(near: Socket, far: Socket): void {
    this.#pass(near, far, 'out');
    this.#pass(far, near, 'in');
  }

  #pass(from: Socket, to: Socket, direction: 'out' | 'in'): void {
    this.#sockets.add(from);
    from.setNoDelay(true);
    from.on('error', () => undefined);
    from.on('close', () => this.cut());
    from.on('data', (chunk: Buffer) => {
      const limit = this.#limit?.direction === direction ? this.#limit : undefined;
      const last = limit !== undefined && chunk.length >= limit.bytes;
      const bytes = last ? chunk.subarray(0, limit.bytes) : chunk;
      this.passed[direction] += bytes.length;
      if (limit !== undefined) limit.bytes -= bytes.length;
      if (!last) return void to.write(bytes);
      // What was let through arrives before the end does: a socket that is destroyed could overtake its own bytes.
      this.#limit = undefined;
      from.removeAllListeners('data').resume();
      to.end(bytes);
    });
  }
}
