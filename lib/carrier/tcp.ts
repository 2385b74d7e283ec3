/**
 * The TCP carrier, on the addon's own libuv handle, and the listener that accepts such carriers.
 */
import { binding, type NativeAddress, type NativeTcpCarrier } from '../binding.ts';
import type { Deadline } from '../deadline.ts';
import { HiddenNodeError } from '../errors.ts';
import { type Carrier, type CarrierHandler, IDLE_HANDLER, untilOver } from './carrier.ts';
import type { Chunk } from './chunk.ts';
import { Outflow } from './outflow.ts';

/**
 * Every carrier of the thread reads into this one slab: what arrives is used or copied before the next read, so a
 * thousand idle links cost no read buffers.
 */
const READ_SLAB = Buffer.allocUnsafeSlow(256 * 1024);

/** How long one address may stay silent before the next one is tried beside it, in milliseconds (RFC 8305). */
const ATTEMPT_DELAY = 250;

const BACKLOG = 511;

function describe({ address, port }: NativeAddress): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function connectionError(errno: string, where: NativeAddress): HiddenNodeError {
  const facts = { address: where.address, port: where.port, errno };
  return errno === 'ECONNREFUSED'
    ? new HiddenNodeError('connection_refused', `nothing listens at ${describe(where)}`, facts)
    : new HiddenNodeError('connection_failed', `the connection to ${describe(where)} failed: ${errno}`, facts);
}

/** A connected TCP socket. Made by {@link connectTcp} and {@link TcpListener}. */
export class TcpCarrier implements Carrier {
  handler: CarrierHandler = IDLE_HANDLER;
  #native: NativeTcpCarrier;
  #where: NativeAddress;
  #opened: ((error?: string) => void) | undefined;
  readonly #outflow = new Outflow(
    (pieces, more) => this.#taken(this.#native.write(pieces, more)),
    () => this.#drained(),
    (bytes, start, end) => this.#taken(this.#native.writeRange(bytes, start, end)),
  );
  #ending = false;
  #closed = false;
  #over = false;
  #onOver: (() => void) | undefined;

  constructor(where: NativeAddress) {
    this.#where = where;
    this.#native = new binding.TcpCarrier(
      {
        connected: (error) => this.#opened?.(error),
        readable: (count) => this.handler.received(READ_SLAB, count),
        writable: (count) => this.#outflow.writable(count),
        ended: (error) => this.#end(error),
      },
      READ_SLAB,
    );
  }

  get remote(): string {
    return describe(this.#where);
  }

  get queuedBytes(): number {
    return this.#outflow.bytes;
  }

  get ticks(): number {
    return this.#native.ticks;
  }

  /** A thread of the addon does it, so that a busy event loop does not lose its peers. */
  keepAlive(interval: number): boolean {
    return this.#native.keepAlive(interval);
  }

  /** @internal Connects to the address that the carrier was made for. */
  open(done: (error?: HiddenNodeError) => void): void {
    this.#opened = (error) => {
      this.#opened = undefined;
      done(error === undefined ? undefined : connectionError(error, this.#where));
    };
    const error = this.#native.connect(this.#where.address, this.#where.port);
    if (error !== undefined) queueMicrotask(() => this.#opened?.(error));
  }

  /** @internal Takes the connection that a listener announced. */
  acceptFrom(listener: InstanceType<typeof binding.TcpListener>): boolean {
    if (listener.accept(this.#native) !== undefined) return false;
    this.#where = this.#native.remote ?? this.#where;
    return true;
  }

  resume(): void {
    if (this.#over) return;
    const error = this.#native.readStart();
    if (error !== undefined) queueMicrotask(() => this.#end(error));
  }

  pause(): void {
    this.#native.readStop();
  }

  send(chunks: readonly Chunk[]): void {
    this.#outflow.send(chunks);
  }

  async end(timeout: number): Promise<void> {
    if (this.#over || this.#closed) return this.destroy();
    // Closing a socket with unread bytes resets it, and a reset can overtake what was sent last: so the peer is told
    // that nothing more comes, and the socket is read, and the bytes thrown away, until the peer closes as well.
    this.handler = IDLE_HANDLER;
    this.#ending = true;
    if (this.#outflow.idle) this.#native.shutdown();
    this.resume();
    await untilOver(timeout, (over) => {
      this.#onOver = over;
    });
    this.destroy();
  }

  destroy(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#over = true;
    this.#opened = undefined;
    this.handler = IDLE_HANDLER;
    this.#outflow.stop();
    this.#native.close();
    this.#onOver?.();
  }

  /** Nothing is taken by a connection that is broken. */
  #taken(outcome: number | string): number {
    if (typeof outcome === 'number') return outcome;
    // The caller is in the middle of sending: it hears of the broken connection when it is done with that.
    queueMicrotask(() => this.#end(outcome));
    return 0;
  }

  #drained(): void {
    if (this.#ending) this.#native.shutdown();
    else this.handler.drained();
  }

  #end(errno?: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#outflow.stop();
    this.#onOver?.();
    this.handler.ended(errno === undefined ? undefined : connectionError(errno, this.#where));
  }
}

/**
 * Connects to the first of several addresses that accepts. An address that does not answer at once does not hold up the
 * others: each next one is tried beside it after 250 ms, or as soon as one fails.
 *
 * @param addresses - numeric addresses in order of preference
 * @param deadline - the deadline of the whole connection; on it the promise rejects with `timeout` or `aborted`
 * @returns a carrier that does not read yet
 * @throws `connection_refused`, `connection_failed`: that of the last address that failed
 */
export function connectTcp(addresses: readonly string[], port: number, deadline: Deadline): Promise<TcpCarrier> {
  const attempts = new Set<TcpCarrier>();
  let timer: NodeJS.Timeout | undefined;
  const connecting = new Promise<TcpCarrier>((resolve, reject) => {
    let next = 0;
    const tryNext = (): void => {
      clearTimeout(timer);
      const address = addresses[next++];
      if (address === undefined) return;
      const carrier = new TcpCarrier({ address, port });
      attempts.add(carrier);
      carrier.open((error) => {
        attempts.delete(carrier);
        if (error === undefined) return resolve(carrier);
        carrier.destroy();
        if (next < addresses.length) tryNext();
        else if (attempts.size === 0) reject(error);
      });
      if (next < addresses.length) timer = setTimeout(tryNext, ATTEMPT_DELAY);
    };
    tryNext();
  });
  return deadline
    .race(connecting, () => connectTimeout(addresses, port, deadline))
    .catch((error) => {
      // A connection that came about as the caller gave up belongs to nobody.
      connecting.then(
        (carrier) => carrier.destroy(),
        () => undefined,
      );
      throw error;
    })
    .finally(() => {
      clearTimeout(timer);
      for (const carrier of attempts) carrier.destroy();
    });
}

function connectTimeout(addresses: readonly string[], port: number, deadline: Deadline): HiddenNodeError {
  return new HiddenNodeError(
    'timeout',
    `no answer from ${addresses.join(', ')} port ${port} within ${deadline.timeout} ms`,
    { stage: 'connect', addresses, port, timeout: deadline.timeout },
  );
}

/** A listening TCP socket. */
export class TcpListener {
  #native: InstanceType<typeof binding.TcpListener>;

  /**
   * @param accepted - gets each new carrier, which does not read yet
   * @param failed - gets errors of accepting; the listener goes on
   */
  constructor(accepted: (carrier: TcpCarrier) => void, failed: (error: HiddenNodeError) => void) {
    this.#native = new binding.TcpListener({
      connection: (errno) => {
        if (errno !== undefined) {
          failed(new HiddenNodeError('connection_failed', `a connection could not be accepted: ${errno}`, { errno }));
          return;
        }
        const carrier = new TcpCarrier({ address: 'unknown', port: 0 });
        if (carrier.acceptFrom(this.#native)) accepted(carrier);
        else carrier.destroy();
      },
    });
  }

  /**
   * Starts to listen.
   *
   * @param address - a numeric address of this machine
   * @param port - 0 for any free one
   * @returns the port
   * @throws `listen_failed` with the fact `errno`
   */
  listen(address: string, port: number): number {
    const errno = this.#native.listen(address, port, BACKLOG);
    const local = this.#native.local;
    if (errno !== undefined || local === undefined) {
      this.close();
      throw new HiddenNodeError('listen_failed', `cannot listen at ${describe({ address, port })}: ${errno}`, {
        address,
        port,
        errno,
      });
    }
    return local.port;
  }

  close(): void {
    this.#native.close();
  }
}
