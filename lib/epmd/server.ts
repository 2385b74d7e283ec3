/**
 * An EPMD: the name server of the Erlang nodes of a machine.
 *
 * Follows "EPMD Protocol" in the chapter "Distribution Protocol" of the ERTS User's Guide, and `epmd` in the ERTS Reference
 * Manual. A name is kept for as long as the connection that registered it is open.
 */
import type { AddressInfo, Socket } from 'node:net';
import { type Listening, listenAddresses, listenAt } from './listen.ts';
import { NameService } from './name-service.ts';
import type { Entry } from './name-table.ts';
import type { RegisteredName } from './protocol.ts';
import { EpmdConnection, limitUnsent } from './server-connection.ts';
import { type EpmdServerOptions, type EpmdServerSettings, serverSettings } from './server-options.ts';

/**
 * An EPMD of this process. Erlang nodes, and nodes of this package in other processes, register with it and find each other.
 *
 * @example
 * await using epmd = await EpmdServer.start({ port: 4369 });
 * console.log(epmd.port, epmd.names());
 */
export class EpmdServer implements AsyncDisposable {
  readonly #settings: EpmdServerSettings;
  readonly #service: NameService;
  #listening: Listening = { servers: [], addresses: [] };
  /** Those that have no name, the oldest first. */
  readonly #visitors = new Set<EpmdConnection>();
  readonly #registered = new Map<EpmdConnection, Entry>();
  #connections = 0;
  #keepsAlive = true;
  #stopping: Promise<void> | undefined;
  #ended!: () => void;

  /** Resolves when the server has ended: by {@link stop}, or by a peer where `allowKill` lets it. */
  readonly closed: Promise<void> = new Promise((resolve) => {
    this.#ended = resolve;
  });

  private constructor(settings: EpmdServerSettings) {
    this.#settings = settings;
    this.#service = new NameService(settings.port, settings);
  }

  /**
   * Starts an EPMD. It takes registrations over loopback only, and look-ups wherever it listens.
   *
   * It keeps the process alive until it is stopped; see {@link unref}.
   *
   * @param options - see {@link EpmdServerOptions}
   * @returns the server, which answers from now on
   * @throws HiddenNodeError
   *   - `listen_failed` with facts `address`, `port`, `errno`: `EADDRINUSE` when there is an EPMD already
   *   - `host_unresolved`, `invalid_argument`
   */
  static async start(options: EpmdServerOptions = {}): Promise<EpmdServer> {
    const settings = serverSettings(options);
    const addresses = await listenAddresses(settings.hosts);
    const server = new EpmdServer(settings);
    try {
      await server.#listen(addresses);
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** The port that it listens at. */
  get port(): number {
    return this.#service.port;
  }

  /** The addresses that it listens at. */
  get addresses(): readonly string[] {
    return this.#listening.addresses;
  }

  /** The registered names, each with the port of its node; the latest registered first. */
  names(): RegisteredName[] {
    return this.#service.table.active().map(({ node: { name, port } }) => ({ name, port }));
  }

  /** Makes the server keep the process alive: the default. */
  ref(): this {
    this.#keepsAlive = true;
    for (const each of this.#handles()) each.ref();
    return this;
  }

  /** Lets the process end although the server runs. */
  unref(): this {
    this.#keepsAlive = false;
    for (const each of this.#handles()) each.unref();
    return this;
  }

  /**
   * Stops the server. Its nodes lose their names; they register again with the EPMD that comes after it. May be called at any
   * time and more than once.
   *
   * @returns once nothing of it is open any more
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** The same as {@link stop}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #listen(addresses: readonly string[]): Promise<void> {
    const { port } = this.#settings;
    this.#listening = await listenAt(addresses, port, (socket) => this.#accept(socket));
    const [first] = this.#listening.servers;
    this.#service.port = (first!.address() as AddressInfo).port;
  }

  async #stop(last?: EpmdConnection): Promise<void> {
    const closed = this.#listening.servers.map((server) => new Promise((resolve) => server.close(resolve)));
    for (const connection of this.#all()) if (connection !== last) connection.close();
    await Promise.all(closed);
    this.#ended();
  }

  #all(): EpmdConnection[] {
    return [...this.#visitors, ...this.#registered.keys()];
  }

  #handles(): { ref(): void; unref(): void }[] {
    return [...this.#listening.servers, ...this.#all()];
  }

  #accept(socket: Socket): void {
    this.#connections += 1;
    const connection = new EpmdConnection(socket, this.#connections, this.#settings.requestTimeout, {
      request: (asker, body) => this.#request(asker, body),
      closed: (gone) => this.#closed(gone),
    });
    if (!this.#keepsAlive) connection.unref();
    this.#visitors.add(connection);
    // Not the new one: it has had no time to ask.
    if (this.#visitors.size > this.#settings.maxConnections) this.#oldest()?.close();
  }

  #oldest(): EpmdConnection | undefined {
    return this.#visitors.values().next().value;
  }

  #request(connection: EpmdConnection, body: Buffer): void {
    const reply = this.#service.handle(body, connection);
    switch (reply.action) {
      case 'keep':
        this.#visitors.delete(connection);
        this.#registered.set(connection, reply.entry);
        return connection.keep(reply.bytes);
      case 'wait':
        return connection.wait(reply.bytes);
      case 'end':
        connection.answer(reply.bytes);
        this.#stopping ??= this.#stop(connection);
        return;
      case 'close':
        if (reply.stopped !== undefined) this.#holder(reply.stopped)?.close();
        connection.answer(reply.bytes);
        if (connection.unsent > 0) limitUnsent(this.#visitors);
    }
  }

  #holder(entry: Entry): EpmdConnection | undefined {
    for (const [connection, each] of this.#registered) if (each === entry) return connection;
    return undefined;
  }

  #closed(connection: EpmdConnection): void {
    this.#visitors.delete(connection);
    const entry = this.#registered.get(connection);
    if (entry === undefined) return;
    this.#registered.delete(connection);
    this.#service.table.unregister(entry);
  }
}
