/**
 * Loads the native addon and declares everything that it exports. No other module touches it.
 */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HiddenNodeError } from './errors.ts';

/** One identity in the cluster. */
export interface NativeCNode {
  /** Writes the id and the serial of a new process identifier into the first two words. */
  makePid(words: Uint32Array): void;
  /** Fills the array with new references, three words each. */
  makeReferences(words: Uint32Array): void;
}

export type HandshakePacket = 'name' | 'status' | 'challenge' | 'reply' | 'acknowledge';

/** One handshake: bytes of the peer in, bytes for the peer out. */
export interface NativeHandshake {
  /** The first bytes to send: our name packet when connecting, none when accepting. */
  open(): Buffer;
  /** Takes bytes of the peer, in pieces of any size. */
  push(bytes: Uint8Array): void;
  /** The whole packet that the next {@link step} will hand to ei, already read into `peer` or `status`. */
  readonly waiting: HandshakePacket | undefined;
  /** Hands the waiting packet to ei; `status` answers a name packet. Returns what to send. */
  step(status: 'ok' | 'ok_simultaneous'): Buffer;
  readonly state: 'running' | 'done' | 'failed';
  readonly failure: 'none' | 'protocol' | 'refused' | 'cookie' | 'limit' | 'thread' | 'given up';
  readonly status: string;
  readonly peer: { name: string; flags: bigint; creation: number } | undefined;
  /** The bytes behind the handshake, which already belong to the connection. */
  takeRest(): Buffer;
  /** Ends ei's thread, if there is one. */
  giveUp(): void;
}

/** What a {@link NativeTcpCarrier} tells. Error names are the operating system's, such as `ECONNREFUSED`. */
export interface NativeTcpCarrierHandler {
  connected(error?: string): void;
  /** `count` bytes stand at the start of the slab, until the call returns. */
  readable(count: number): void;
  /** So many bytes more have gone of what the latest write did not say had gone, and the rest may come. */
  writable(count: number): void;
  /** The peer closed (no error), or the connection broke. */
  ended(error?: string): void;
}

export interface NativeAddress {
  address: string;
  port: number;
}

export interface NativeTcpCarrier {
  connect(address: string, port: number): string | undefined;
  readStart(): string | undefined;
  readStop(): void;
  /**
   * Writes at most 64 arrays, one behind another. Answers how many bytes the kernel took, or an error name. When it did not take all,
   * `writable` follows, and nothing is taken before. The arrays are read during the call only.
   *
   * @param more - what comes behind them is part of the same message
   */
  write(arrays: readonly Uint8Array[], more: boolean): number | string;
  /** The same for a range of one array that is no part of anything larger. */
  writeRange(bytes: Uint8Array, start: number, end: number): number | string;
  shutdown(): string | undefined;
  close(): void;
  /** From now on a tick goes out whenever nothing else did for so many milliseconds, also while JavaScript is busy. */
  keepAlive(interval: number): boolean;
  /** How many ticks went out. */
  readonly ticks: number;
  readonly remote: NativeAddress | undefined;
}

export interface NativeTcpListener {
  listen(address: string, port: number, backlog: number): string | undefined;
  accept(carrier: NativeTcpCarrier): string | undefined;
  close(): void;
  readonly local: NativeAddress | undefined;
}

export interface NativeBinding {
  CNode: new (name: string, alive: string, host: string, cookie: string, creation: number) => NativeCNode;
  Handshake: new (cnode: NativeCNode, accepting: boolean, flags: bigint) => NativeHandshake;
  TcpCarrier: new (handler: NativeTcpCarrierHandler, slab: Uint8Array) => NativeTcpCarrier;
  TcpListener: new (handler: { connection(error?: string): void }) => NativeTcpListener;
}

function load(): NativeBinding {
  if (process.platform === 'win32') {
    throw new HiddenNodeError(
      'unsupported_platform',
      'hidden-node runs on Linux and macOS, not on Windows: use WSL or a container',
      { platform: process.platform },
    );
  }
  const require = createRequire(import.meta.url);
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  try {
    return (require('node-gyp-build') as (root: string) => NativeBinding)(root);
  } catch (cause) {
    throw new HiddenNodeError(
      'addon_missing',
      `the native addon for ${process.platform}-${process.arch} could not be loaded: build it with "npm run build:native"`,
      { platform: process.platform, architecture: process.arch },
      cause,
    );
  }
}

export const binding: NativeBinding = load();
