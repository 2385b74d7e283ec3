/**
 * The carrier over any Duplex stream of bytes: a TLS socket, a pipe, one end of a pair.
 */
import type { Duplex } from 'node:stream';
import { HiddenNodeError } from '../errors.ts';
import { type Carrier, type CarrierHandler, IDLE_HANDLER, untilOver } from './carrier.ts';
import type { Chunk } from './chunk.ts';
import { Outflow } from './outflow.ts';

/** The stream is given at most so many bytes at once. */
const PIECE_BYTES = 64 * 1024;

export class StreamCarrier implements Carrier {
  handler: CarrierHandler = IDLE_HANDLER;
  readonly remote: string;
  readonly ticks = 0;
  #stream: Duplex;
  readonly #outflow = new Outflow(
    (pieces) => this.#write(pieces),
    () => this.#drained(),
  );
  #over = false;
  #ending = false;
  #onOver: (() => void) | undefined;

  /**
   * @param stream - a connected stream of bytes (not in object mode); the carrier owns it from now on
   * @param remote - where the peer is, for people
   */
  constructor(stream: Duplex, remote = 'stream') {
    this.#stream = stream;
    this.remote = remote;
    stream.pause();
    stream.on('data', (chunk: Buffer) => this.handler.received(chunk, chunk.length));
    stream.on('drain', () => this.#outflow.writable());
    stream.on('end', () => this.#end());
    stream.on('error', (error) => this.#end(error));
    stream.on('close', () => this.#end());
  }

  get queuedBytes(): number {
    const { writableNeedDrain, writableLength } = this.#stream;
    return this.#outflow.bytes + (writableNeedDrain ? writableLength : 0);
  }

  keepAlive(): boolean {
    return false;
  }

  resume(): void {
    this.#stream.resume();
  }

  pause(): void {
    this.#stream.pause();
  }

  send(chunks: readonly Chunk[]): void {
    this.#outflow.send(chunks);
  }

  async end(timeout: number): Promise<void> {
    if (!this.#over) {
      this.handler = IDLE_HANDLER;
      this.#ending = true;
      if (this.#outflow.idle) this.#stream.end();
      this.#stream.resume();
      await untilOver(timeout, (over) => {
        this.#onOver = over;
      });
    }
    this.destroy();
  }

  destroy(): void {
    this.handler = IDLE_HANDLER;
    this.#over = true;
    this.#outflow.stop();
    this.#onOver?.();
    this.#stream.destroy();
  }

  #write(pieces: readonly Uint8Array[]): number {
    let count = 0;
    for (const piece of pieces) {
      for (let start = 0; start < piece.length; start += PIECE_BYTES) {
        if (this.#stream.writableNeedDrain || this.#stream.destroyed) return count;
        // A stream keeps what it is given for as long as it likes, so it gets a copy.
        const copy = Buffer.from(piece.subarray(start, start + PIECE_BYTES));
        count += copy.length;
        this.#stream.write(copy);
      }
    }
    return count;
  }

  #drained(): void {
    if (this.#ending) this.#stream.end();
    else this.handler.drained();
  }

  #end(cause?: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#outflow.stop();
    this.#onOver?.();
    this.handler.ended(
      cause === undefined
        ? undefined
        : new HiddenNodeError(
            'connection_failed',
            `the stream failed: ${cause.message}`,
            { remote: this.remote },
            cause,
          ),
    );
  }
}
