/**
 * One connection to an EPMD server: reads the one request that a connection has, sends the answer, and keeps the connection
 * where a name depends on it.
 *
 * A peer can hold no more of the server than one request, and unless it has a name, no longer than the time it is given.
 */
import type { Socket } from 'node:net';
import { isLoopback } from './loopback.ts';
import type { Asker } from './name-service.ts';
import { LONGEST_REQUEST } from './server-protocol.ts';

export interface ConnectionHandler {
  /** A whole request has come. Called once at most. */
  request(connection: EpmdConnection, body: Buffer): void;
  /** The connection is no more, or is about to end because its peer has gone. Called once. */
  closed(connection: EpmdConnection): void;
}

type Stage = 'asking' | 'answered' | 'keeping' | 'closed';

/** Bytes of answers that peers may leave unread, all together and beyond what the operating system holds for them. */
export const MOST_UNSENT = 8 * 1024 * 1024;

const NOTHING = Buffer.alloc(0);

export class EpmdConnection implements Asker {
  readonly local: boolean;
  readonly #socket: Socket;
  readonly #handler: ConnectionHandler;
  readonly #timer: NodeJS.Timeout;
  #stage: Stage = 'asking';
  #bytes: Buffer = NOTHING;
  /** Bytes of the whole request, once that is known. */
  #expected = 0;

  /**
   * @param socket - a connected socket that may be half open
   * @param connection - the number of the connection
   * @param timeout - milliseconds until it is closed, unless it keeps a name
   */
  constructor(
    socket: Socket,
    readonly connection: number,
    timeout: number,
    handler: ConnectionHandler,
  ) {
    this.#socket = socket;
    this.#handler = handler;
    this.local = isLoopback(socket.remoteAddress);
    this.#timer = setTimeout(() => this.close(), timeout).unref();
    socket.on('data', (chunk: Buffer) => this.#received(chunk));
    socket.on('end', () => this.#ended());
    socket.on('error', () => this.close());
    socket.on('close', () => this.close());
  }

  /** Bytes of the answer that the peer has not taken yet. */
  get unsent(): number {
    return this.#socket.writableLength;
  }

  /** Sends the answer and closes the connection. */
  answer(bytes: Buffer = NOTHING): void {
    this.#stage = 'answered';
    if (bytes.length > 0) this.#socket.write(bytes);
    this.#socket.destroySoon();
  }

  /** Sends the answer and leaves it to the peer to close. */
  wait(bytes: Buffer): void {
    this.#stage = 'keeping';
    this.#socket.write(bytes);
  }

  /** As {@link wait}, and the time of the connection is no longer limited. */
  keep(bytes: Buffer): void {
    clearTimeout(this.#timer);
    this.wait(bytes);
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  /** Closes the connection at once. */
  close(): void {
    if (this.#stage === 'closed') return;
    this.#stage = 'closed';
    clearTimeout(this.#timer);
    this.#bytes = NOTHING;
    // First: when the peer sees the end, its name is free.
    this.#handler.closed(this);
    this.#socket.destroy();
  }

  #received(chunk: Buffer): void {
    if (this.#stage === 'asking') this.#read(chunk);
    // A node that has registered has nothing more to say.
    else if (this.#stage === 'keeping') this.close();
  }

  #read(chunk: Buffer): void {
    const bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    this.#bytes = bytes;
    if (bytes.length < 2) return;
    if (this.#expected === 0) {
      const length = bytes.readUInt16BE(0);
      this.#expected = 2 + length;
      if (length === 0 || length > LONGEST_REQUEST || bytes.length > this.#expected) return this.close();
    }
    if (bytes.length < this.#expected) return;
    this.#bytes = NOTHING;
    this.#handler.request(this, bytes.subarray(2, this.#expected));
    // As if what is too much had come by itself.
    if (bytes.length > this.#expected) this.#received(bytes.subarray(this.#expected));
  }

  #ended(): void {
    // A peer may say that it has no more to ask, and still wait for its answer.
    if (this.#stage !== 'answered') this.close();
  }
}

/**
 * Closes the first of the connections whose peers do not read their answers, when too much waits for all of them together.
 *
 * @param connections - the oldest first
 */
export function limitUnsent(connections: Iterable<Pick<EpmdConnection, 'unsent' | 'close'>>): void {
  const slow = [...connections].filter(({ unsent }) => unsent > 0);
  let waiting = slow.reduce((sum, { unsent }) => sum + unsent, 0);
  for (const connection of slow) {
    if (waiting <= MOST_UNSENT) return;
    waiting -= connection.unsent;
    connection.close();
  }
}
