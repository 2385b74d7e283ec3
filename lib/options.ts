/** The options of a node: what they may be, and what they are by default. */
import type { BackoffOptions } from './backoff.ts';
import { isLoopback } from './epmd/loopback.ts';
import { HiddenNodeError } from './errors.ts';
import type { DecodeOptions } from './term/decoder.ts';

/** Where a node listens. */
export interface ListenOptions {
  /** The host name or numeric address to listen at. Default: `127.0.0.1`, which only this machine can reach. */
  host?: string | undefined;
  /** The TCP port. Default: any free one, which EPMD tells to those who ask for the node. */
  port?: number | undefined;
}

/** The EPMD that a node brings along. */
export interface EmbeddedEpmdOptions {
  /** Where it listens besides loopback, as in {@link EpmdServerOptions}. Default: `ERL_EPMD_ADDRESS`, or nowhere. */
  host?: string | readonly string[] | undefined;
}

/** Where EPMD is. */
export interface EpmdLocation {
  /** The host where this node registers. Default: `127.0.0.1`. */
  host?: string | undefined;
  /** The port of EPMD, on this host and on those of peers. Default: `ERL_EPMD_PORT`, or 4369. */
  port?: number | undefined;
  /** Whether this node registers. Default: true when it listens. */
  register?: boolean | undefined;
  /**
   * Whether this node starts an EPMD within its process, to register with, whenever none answers at the port. Default: false.
   */
  embedded?: boolean | EmbeddedEpmdOptions | undefined;
}

/** Options of {@link HiddenNode.start}. */
export interface StartOptions {
  /** The full name of the node, `alive@host`: a short name (`js@myhost`) or a long one (`js@10.0.0.7`, `js@app.example.org`). */
  name: string;
  /**
   * The cookie of the cluster. Default: `ERLANG_COOKIE`, `RELEASE_COOKIE`, `~/.erlang.cookie`, or Erlang's file in the
   * user's settings directory, whichever is found first.
   */
  cookie?: string | undefined;
  /** Where to listen for peers. False: this node only connects to others. Default: any free port of `127.0.0.1`. */
  listen?: ListenOptions | boolean | undefined;
  /** Where EPMD is, and whether to register there. `'embedded'` stands for `{ embedded: true }`. */
  epmd?: EpmdLocation | 'embedded' | undefined;
  /** Hosts as node names have them, with the address or host to go to instead of asking DNS. */
  hosts?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds for starting, and for each connection unless its call says otherwise. Default: 7000, OTP's `net_setuptime`. */
  timeout?: number | undefined;
  /** Gives up starting. */
  signal?: AbortSignal | undefined;
  /** Peers to be connected to from the start, and again whenever the link is lost; see {@link HiddenNode.keep}. Default: none. */
  peers?: readonly string[] | undefined;
  /** The pauses between attempts to reach a peer that is kept, or that `connect` with `retry` waits for. */
  backoff?: BackoffOptions | undefined;
  /** A peer that is silent for this many milliseconds is down. Must suit the peers' `net_ticktime`. Default: 60000. */
  netTickTime?: number | undefined;
  /** How floats decode: `number` (a whole one cannot be told from an integer), or `exact` as {@link Float}. Default: `number`. */
  floats?: 'number' | 'exact' | undefined;
  /** How binaries decode: `buffer`, or `utf8`: as a string when the bytes are valid UTF-8. Default: `buffer`. */
  binaries?: 'buffer' | 'utf8' | undefined;
  /** Bytes that may wait for a peer before {@link HiddenNode.send} answers false. Default: 1 MiB. */
  highWaterMark?: number | undefined;
  /**
   * The longest message, in bytes. A longer one from a peer ends the link, and {@link HiddenNode.send} refuses to send one. At least
   * 65536. Default: 128 MiB.
   */
  maxFrameBytes?: number | undefined;
  /**
   * Binaries of at least this many bytes are sent to other nodes without being copied, so they must not be changed before they are out:
   * see {@link HiddenNode.send} and {@link HiddenNode.flushed}. At least 1024; `Infinity` copies all. Default: 65536.
   */
  zeroCopyBytes?: number | undefined;
}

const MEBIBYTE = 1024 * 1024;

/** {@link StartOptions} with every default filled in. */
export interface NodeSettings {
  listen: { host: string; port: number } | undefined;
  epmd: { host: string; port: number | undefined; register: boolean; embedded: EmbeddedEpmdOptions | undefined };
  hosts: Readonly<Record<string, string>>;
  timeout: number;
  peers: readonly string[];
  backoff: BackoffOptions;
  netTickTime: number;
  decode: DecodeOptions;
  highWaterMark: number;
  maxFrameBytes: number;
  zeroCopyBytes: number;
}

function positive(name: string, value: number, least = 1): number {
  if (typeof value === 'number' && value >= least) return value;
  throw new HiddenNodeError('invalid_argument', `${name} is a number from ${least}, not ${String(value)}`, {
    [name]: value,
  });
}

function oneOf<T extends string>(name: string, value: T, choices: readonly T[]): T {
  if (choices.includes(value)) return value;
  throw new HiddenNodeError('invalid_argument', `${name} is one of ${choices.join(', ')}, not ${String(value)}`, {
    [name]: value,
  });
}

function strings(name: string, value: readonly string[]): readonly string[] {
  if (Array.isArray(value)) return [...value];
  throw new HiddenNodeError('invalid_argument', `${name} is a list of names, not ${String(value)}`, { [name]: value });
}

function backoff({ first, longest }: BackoffOptions = {}): BackoffOptions {
  if (first !== undefined) positive('backoff.first', first);
  if (longest !== undefined) positive('backoff.longest', longest);
  return { first, longest };
}

function port(value: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= 0xffff) return value;
  throw new HiddenNodeError('invalid_argument', `a port is a whole number from 0 to 65535, not ${String(value)}`, {
    port: value,
  });
}

function epmdSettings(epmd: EpmdLocation | 'embedded', listens: boolean): NodeSettings['epmd'] {
  const given = epmd === 'embedded' ? { embedded: true } : epmd;
  if (typeof given !== 'object' || given === null) {
    throw new HiddenNodeError('invalid_argument', `epmd is 'embedded' or an object, not ${String(epmd)}`, { epmd });
  }
  const { host = '127.0.0.1', embedded = false }: EpmdLocation = given;
  if (typeof embedded !== 'boolean' && (typeof embedded !== 'object' || embedded === null)) {
    const message = `embedded of epmd is true, false or an object, not ${String(embedded)}`;
    throw new HiddenNodeError('invalid_argument', message, { embedded });
  }
  if (embedded && !isLoopback(host) && host !== 'localhost') {
    const message = `an embedded EPMD is of this machine, so its host is 127.0.0.1 or ::1, not ${host}`;
    throw new HiddenNodeError('invalid_argument', message, { host });
  }
  return {
    host,
    port: given.port === undefined ? undefined : port(given.port),
    register: listens && (given.register ?? true),
    embedded: embedded === true ? {} : embedded || undefined,
  };
}

/**
 * Checks the options and fills in the defaults.
 *
 * @throws `invalid_argument` for an option out of its range
 */
export function settings(options: StartOptions): NodeSettings {
  const { listen = true, epmd = {} } = options;
  const { host = '127.0.0.1', port: listenPort = 0 } = typeof listen === 'object' ? listen : {};
  return {
    listen: listen === false ? undefined : { host, port: port(listenPort) },
    epmd: epmdSettings(epmd, listen !== false),
    hosts: options.hosts ?? {},
    timeout: positive('timeout', options.timeout ?? 7_000, 0),
    peers: strings('peers', options.peers ?? []),
    backoff: backoff(options.backoff),
    netTickTime: positive('netTickTime', options.netTickTime ?? 60_000, 100),
    decode: {
      floats: oneOf('floats', options.floats ?? 'number', ['number', 'exact']),
      binaries: oneOf('binaries', options.binaries ?? 'buffer', ['buffer', 'utf8']),
    },
    highWaterMark: positive('highWaterMark', options.highWaterMark ?? MEBIBYTE),
    maxFrameBytes: positive('maxFrameBytes', options.maxFrameBytes ?? 128 * MEBIBYTE, MEBIBYTE / 16),
    zeroCopyBytes: positive('zeroCopyBytes', options.zeroCopyBytes ?? MEBIBYTE / 16, 1024),
  };
}
