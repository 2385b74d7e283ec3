/**
 * The EPMD that the nodes of a process bring along.
 *
 * There is one for each port and thread at most; its nodes share it, and the last of them to leave ends it. Which process has
 * the port is decided by the operating system, which lets only one listen at it.
 */
import { EpmdServer } from './server.ts';

const shared = new Map<number, EmbeddedEpmd>();

export class EmbeddedEpmd {
  #users = 0;
  #server: EpmdServer | undefined;
  #starting: Promise<void> | undefined;

  private constructor(private readonly port: number) {}

  /** Takes part in the EPMD of this thread at a port. Nothing is started by that; see {@link provide} and {@link leave}. */
  static join(port: number): EmbeddedEpmd {
    const epmd = shared.get(port) ?? new EmbeddedEpmd(port);
    shared.set(port, epmd);
    epmd.#users += 1;
    return epmd;
  }

  /**
   * Starts the server unless it runs. It does not keep the process alive.
   *
   * @param host - where to listen besides loopback, as {@link EpmdServer.start} takes it; when it runs already, it stays where it is
   * @throws HiddenNodeError `listen_failed`, with the fact `errno` of `EADDRINUSE` when another process has the port;
   *   `host_unresolved`, `invalid_argument`
   */
  async provide(host: string | readonly string[] | undefined): Promise<void> {
    // Whoever asks when all have left was on its way when it left itself.
    if (this.#server !== undefined || this.#users === 0) return;
    this.#starting ??= this.#start(host).finally(() => {
      this.#starting = undefined;
    });
    await this.#starting;
  }

  /** Takes part no longer; call it once per {@link join}. The last one ends the server, and waits for its end. */
  async leave(): Promise<void> {
    this.#users -= 1;
    if (this.#users > 0) return;
    shared.delete(this.port);
    await this.#starting?.catch(() => undefined);
    await this.#server?.stop();
  }

  async #start(host: string | readonly string[] | undefined): Promise<void> {
    const server = await EpmdServer.start({ port: this.port, host });
    this.#server = server.unref();
  }
}
