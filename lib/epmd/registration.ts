/**
 * A name in EPMD, kept.
 *
 * EPMD holds a name for as long as the connection that registered it stays open ("Register a Node in EPMD" in the chapter
 * "Distribution Protocol" of the ERTS User's Guide). This holds that connection, and when EPMD goes away it registers the
 * name again with the EPMD that comes back, as Erlang's own erl_epmd does.
 */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Backoff, type BackoffOptions } from '../backoff.ts';
import { Deadline, withDeadline } from '../deadline.ts';
import { HiddenNodeError, isHiddenNodeError } from '../errors.ts';
import { type EpmdOptions, epmdTarget } from './client.ts';
import { ask, broken, type EpmdTarget, unreachable } from './exchange.ts';
import { isPortTaken } from './listen.ts';
import {
  type AliveResponse,
  ANSWER_LIMITS,
  decodeAliveResponse,
  type EpmdNode,
  encodeAliveRequest,
} from './protocol.ts';
import { DEFAULT_TIMEOUT } from './resolve.ts';

/** The node to register. What is absent is what a hidden node of this package says. */
export interface NodeToRegister extends Partial<EpmdNode> {
  /** The part of the node name before the `@`. */
  name: string;
  /** The TCP port where the node listens. */
  port: number;
}

/** How long to pause between attempts to register again. */
export interface RetryOptions extends BackoffOptions {
  /** Gives 0 to 1: each pause is between half and the whole of its length. */
  random?: (() => number) | undefined;
}

/** Where to register, and whom to tell what becomes of the registration. */
export interface RegistrationOptions extends EpmdOptions {
  retry?: RetryOptions | undefined;
  /**
   * Called when no EPMD can be reached. It may start one, and registering is then tried again at once. It rejects with
   * `listen_failed` when it cannot; where that is because the port is taken, somebody else was faster, and theirs is used.
   */
  provide?: (() => Promise<void>) | undefined;
  /**
   * The name is not in EPMD any more. Called once per loss, and again whenever the reason changes: with `name_taken`, say,
   * when another node has the name in the EPMD that came back. Attempts go on in every case.
   */
  onLost?: ((error: HiddenNodeError) => void) | undefined;
  /** The name is in EPMD again, under the creation that EPMD answered. */
  onRegained?: ((creation: number) => void) | undefined;
}

/** How often one attempt looks for an EPMD that somebody else is said to have started, and the pause in between. */
const LOOKS = 10;
const LOOK_PAUSE = 20;

/** Milliseconds that {@link EpmdRegistration.unregister} gives EPMD to close its side. */
const GOODBYE_TIMEOUT = 1_000;

/** A node that is registered in EPMD. Made by {@link EpmdRegistration.register}; ended by {@link EpmdRegistration.unregister}. */
export class EpmdRegistration {
  readonly #target: EpmdTarget;
  readonly #request: Buffer;
  readonly #options: RegistrationOptions;
  readonly #ended = new AbortController();
  readonly #backoff: Backoff;
  #socket: Socket | undefined;
  #pause: NodeJS.Timeout | undefined;
  #told: string | undefined;
  #creation = 0;
  #keepsAlive = false;
  #goodbye: Promise<void> | undefined;

  private constructor(target: EpmdTarget, request: Buffer, options: RegistrationOptions) {
    this.#target = target;
    this.#request = request;
    this.#options = options;
    this.#backoff = new Backoff(options.retry, options.retry?.random);
  }

  /**
   * Registers a node (ALIVE2_REQ) and keeps it registered. EPMD takes registrations from its own host only.
   *
   * The connection does not keep the process alive; see {@link EpmdRegistration.ref}.
   *
   * @param node - `name` and `port`; by default `nodeType` `hidden`, `protocol` 0 (TCP), both versions 6, `extra` empty
   * @param options - `host` (`127.0.0.1`), `port` of EPMD (`ERL_EPMD_PORT` or 4369), `timeout` in milliseconds (5000; for each
   *   later attempt too), `signal` and `deadline` for the first attempt only, `retry`, `provide`, `onLost`, `onRegained`
   * @returns the registration, once EPMD has accepted it
   * @throws HiddenNodeError with facts `host`, `port`, `name`:
   *   - `name_taken` when EPMD refuses the name: a live node has it
   *   - `epmd_unreachable`, `epmd_timeout`, `epmd_protocol`, `host_unresolved`, `aborted`
   *   - `invalid_node_name`, `invalid_argument`; what `provide` rejects with
   */
  static async register(node: NodeToRegister, options: RegistrationOptions = {}): Promise<EpmdRegistration> {
    const request = encodeAliveRequest({
      nodeType: 'hidden',
      protocol: 0,
      highestVersion: 6,
      lowestVersion: 6,
      extra: Buffer.alloc(0),
      ...node,
    });
    const registration = new EpmdRegistration(epmdTarget(options, node.name), request, options);
    await withDeadline(options, DEFAULT_TIMEOUT, (deadline) => registration.#attempt(deadline));
    return registration;
  }

  /**
   * The creation that EPMD answered to the latest registration: for information. A node's own creation is chosen once and
   * outlives the loss of EPMD.
   */
  get creation(): number {
    return this.#creation;
  }

  /** True while EPMD holds the name for this node, as far as its connection tells. */
  get registered(): boolean {
    return this.#socket !== undefined;
  }

  /** Makes the connection, and the attempts after a loss, keep the process alive. */
  ref(): this {
    this.#keepsAlive = true;
    this.#socket?.ref();
    this.#pause?.ref();
    return this;
  }

  /** Lets the process end although the name is registered: the default. */
  unref(): this {
    this.#keepsAlive = false;
    this.#socket?.unref();
    this.#pause?.unref();
    return this;
  }

  /**
   * Gives the name back and stops every attempt. May be called at any time and more than once; no handler is called after.
   *
   * @returns once EPMD has closed its side, that is, has forgotten the name; after one second at the latest
   */
  unregister(): Promise<void> {
    this.#goodbye ??= this.#leave();
    return this.#goodbye;
  }

  async #leave(): Promise<void> {
    this.#ended.abort();
    clearTimeout(this.#pause);
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined || socket.destroyed) return;
    const patience = AbortSignal.timeout(GOODBYE_TIMEOUT);
    socket.ref().end();
    await once(socket, 'close', { signal: patience }).catch(() => socket.destroy());
  }

  /** The same as {@link EpmdRegistration.unregister}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.unregister();
  }

  async #attempt(deadline: Deadline): Promise<void> {
    const { provide } = this.#options;
    for (let look = 1; ; look++) {
      let missing: HiddenNodeError;
      try {
        return await this.#ask(deadline);
      } catch (error) {
        if (provide === undefined || look === LOOKS || !isHiddenNodeError(error, 'epmd_unreachable')) throw error;
        missing = error;
      }
      try {
        await deadline.race(provide(), () => missing);
      } catch (error) {
        if (!isPortTaken(error) || look === LOOKS - 1) throw error;
        await deadline.race(delay(LOOK_PAUSE, undefined, { ref: deadline.hasRef() }), () => missing);
      }
    }
  }

  async #ask(deadline: Deadline): Promise<void> {
    const { value, socket } = await ask<AliveResponse>(
      this.#target,
      { request: this.#request, limit: ANSWER_LIMITS.alive, decode: decodeAliveResponse },
      deadline,
    );
    // EPMD keeps the connection of a refused registration open too.
    if (!value.accepted || this.#ended.signal.aborted) socket.destroy();
    if (!value.accepted) throw this.#nameTaken();
    if (!this.#ended.signal.aborted) this.#hold(socket, value.creation);
  }

  #hold(socket: Socket, creation: number): void {
    this.#socket = socket;
    this.#creation = creation;
    this.#backoff.reset();
    this.#told = undefined;
    if (this.#keepsAlive) socket.ref();
    else socket.unref();
    let cause: Error | undefined;
    socket.on('error', (error) => {
      cause = error;
    });
    socket.once('data', () =>
      socket.destroy(broken(this.#target, 'sent something after it had accepted a registration')),
    );
    // Emitted once, after an end as after an error, and only when the socket holds nothing any more.
    socket.once('close', () => {
      if (this.#socket === socket) this.#lost(cause);
    });
  }

  #lost(cause: Error | undefined): void {
    this.#socket = undefined;
    this.#tryLater();
    const error = isHiddenNodeError(cause) ? cause : unreachable(this.#target, 'closed the registration', cause);
    this.#tellLost(error);
  }

  #tryLater(): void {
    this.#pause = setTimeout(() => void this.#tryAgain(), this.#backoff.next());
    if (!this.#keepsAlive) this.#pause.unref();
  }

  async #tryAgain(): Promise<void> {
    const deadline = new Deadline(this.#options.timeout ?? DEFAULT_TIMEOUT, this.#ended.signal);
    if (!this.#keepsAlive) deadline.unref();
    let failure: unknown;
    try {
      await this.#attempt(deadline);
    } catch (error) {
      failure = error;
    } finally {
      deadline.dispose();
    }
    if (this.#ended.signal.aborted) return;
    if (failure === undefined) return this.#options.onRegained?.(this.#creation);
    this.#tryLater();
    this.#tellLost(failure as HiddenNodeError);
  }

  #tellLost(error: HiddenNodeError): void {
    if (error.code === this.#told) return;
    this.#told = error.code;
    this.#options.onLost?.(error);
  }

  #nameTaken(): HiddenNodeError {
    const { host, port, name } = this.#target;
    return new HiddenNodeError(
      'name_taken',
      `EPMD at ${host}:${port} already has a live node named '${name}'; stop that node or choose another name`,
      { host, port, name },
    );
  }
}
