/** How peers find a node: the port that it listens at, and its name in EPMD. */
import { type TcpCarrier, TcpListener } from './carrier/tcp.ts';
import type { Deadline } from './deadline.ts';
import { defaultEpmdPort } from './epmd/client.ts';
import { EmbeddedEpmd } from './epmd/embedded.ts';
import { EpmdRegistration, type RegistrationOptions } from './epmd/registration.ts';
import type { HiddenNodeError } from './errors.ts';
import { resolveAddresses } from './node/address.ts';
import type { EmbeddedEpmdOptions, NodeSettings } from './options.ts';

export interface PresenceHandler {
  /** Somebody has connected; the carrier does not read yet. */
  accepted(carrier: TcpCarrier): void;
  /** A connection could not be accepted; the node goes on listening. */
  failed(error: HiddenNodeError): void;
  /** The name is no longer in EPMD. */
  lost(error: HiddenNodeError): void;
  /** The name is in EPMD again. */
  regained(): void;
}

/** How soon a node that can bring its own EPMD looks for another one when it has lost it: nobody can find it until then. */
const TAKE_OVER = { first: 10, longest: 1_000 };

export class Presence {
  #listener: TcpListener | undefined;
  #port: number | undefined;
  #registration: EpmdRegistration | undefined;
  #embedded: EmbeddedEpmd | undefined;

  /** @param alive - the part of the node's name before the `@` */
  constructor(
    private readonly alive: string,
    private readonly settings: NodeSettings,
    private readonly handler: PresenceHandler,
  ) {}

  /** The port that the node listens at, if it does. */
  get port(): number | undefined {
    return this.#port;
  }

  /** True while the name is in EPMD. */
  get registered(): boolean {
    return this.#registration?.registered ?? false;
  }

  /**
   * Listens and registers, as far as the settings say so.
   *
   * @throws `host_unresolved`, `listen_failed`; those of {@link EpmdRegistration.register}
   */
  async begin(deadline: Deadline): Promise<void> {
    const { listen, epmd } = this.settings;
    if (listen === undefined) return;
    const [first] = await resolveAddresses(listen.host, { deadline });
    this.#listener = new TcpListener(
      (carrier) => this.handler.accepted(carrier),
      (error) => this.handler.failed(error),
    );
    this.#port = this.#listener.listen(first!.address, listen.port);
    if (!epmd.register) return;
    const { host, port, embedded } = epmd;
    const onLost = (error: HiddenNodeError) => this.handler.lost(error);
    const onRegained = () => this.handler.regained();
    const node = { name: this.alive, port: this.#port };
    this.#registration = await EpmdRegistration.register(node, {
      ...{ host, port, deadline, onLost, onRegained },
      ...(embedded && this.#bringEpmd(embedded)),
    });
  }

  #bringEpmd({ host }: EmbeddedEpmdOptions): RegistrationOptions {
    const own = EmbeddedEpmd.join(this.settings.epmd.port ?? defaultEpmdPort());
    this.#embedded = own;
    return { retry: TAKE_OVER, provide: () => own.provide(host) };
  }

  /** Listens no longer, and gives the name back; the EPMD that it shared ends when no other node of this thread is left. */
  async end(): Promise<void> {
    this.#listener?.close();
    await this.#registration?.unregister();
    await this.#embedded?.leave();
  }
}
