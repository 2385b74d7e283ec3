/**
 * A carrier moves bytes between this node and one peer. It knows nothing of what they mean: a handshake or a link
 * above it does. TCP is one carrier, any Duplex stream (TLS, a pipe, a pair in a test) is another.
 */
import type { HiddenNodeError } from '../errors.ts';
import type { Chunk } from './chunk.ts';

/** What a carrier tells whoever uses it at the moment: first the handshake, then the link. */
export interface CarrierHandler {
  /** The first `length` bytes of `bytes` have arrived. They belong to the carrier again as soon as the call returns. */
  received(bytes: Buffer, length: number): void;
  /** Nothing waits any more, after something did. */
  drained(): void;
  /** The peer closed (no error) or the connection broke. Told once, and never after {@link Carrier.destroy}. */
  ended(error?: HiddenNodeError): void;
}

export interface Carrier {
  /** Who gets what arrives. */
  handler: CarrierHandler;
  /** Where the peer is, for people: `127.0.0.1:9100`, `stream`. */
  readonly remote: string;
  /** Bytes accepted by {@link send} that are not yet with the operating system. */
  readonly queuedBytes: number;
  /** How many ticks {@link keepAlive} has sent. */
  readonly ticks: number;
  /**
   * Asks the carrier to send a tick, four zero bytes, by itself whenever nothing was written for `interval` milliseconds.
   * False when it cannot: then its user has to.
   */
  keepAlive(interval: number): boolean;
  /** Begins or goes on to read. */
  resume(): void;
  /** Stops reading; what the peer sends waits with the operating system. */
  pause(): void;
  /**
   * Sends chunks, which end with a whole message, behind what waits. A chunk must not be changed before it is released; one that is made
   * shorter or taken away all the same is sent as zeros.
   */
  send(chunks: readonly Chunk[]): void;
  /** Sends what waits, tells the peer that nothing more comes, and closes; after `timeout` milliseconds in any case. */
  end(timeout: number): Promise<void>;
  /** Closes at once. What waits is lost. */
  destroy(): void;
}

/** The handler of a carrier that nobody uses. */
export const IDLE_HANDLER: CarrierHandler = {
  received: () => undefined,
  drained: () => undefined,
  ended: () => undefined,
};

/**
 * Waits for a carrier to be over, `timeout` milliseconds at most.
 *
 * @param register - gets the function to call when it is
 */
export function untilOver(timeout: number, register: (over: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, timeout);
    register(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
