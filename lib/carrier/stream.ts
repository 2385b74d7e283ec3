/**
 * The carrier over any Duplex stream of bytes: a TLS socket, a pipe, one end of a pair.
 */
import type { Duplex } from 'node:stream';
import { HiddenNodeError } from '../errors.ts';
import { type Carrier, type CarrierHandler, IDLE_HANDLER, untilOver } from './carrier.ts';

export class StreamCarrier implements Carrier {
  handler: CarrierHandler = IDLE_HANDLER;
  readonly remote: string;
  readonly ticks = 0;
  #stream: Duplex;
  #over = false;
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
    stream.on('drain', () => this.handler.drained());
    stream.on('end', () => this.#end());
    stream.on('error', (error) => this.#end(error));
    stream.on('close', () => this.#end());
  }

  get queuedBytes(): number {
    return this.#stream.writableLength;
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

  write(bytes: Buffer, start: number, end: number): boolean {
    if (this.#over || this.#stream.destroyed) return true;
    // A stream keeps what it is given for as long as it likes, so it gets a copy.
    return this.#stream.write(Buffer.from(bytes.subarray(start, end)));
  }

  async end(timeout: number): Promise<void> {
    if (!this.#over) {
      this.handler = IDLE_HANDLER;
      this.#stream.end();
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
    this.#onOver?.();
    this.#stream.destroy();
  }

  #end(cause?: Error): void {
    if (this.#over) return;
    this.#over = true;
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
