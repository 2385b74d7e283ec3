/** The options of an EPMD server: what they may be, and what they are by default. */
import { HiddenNodeError } from '../errors.ts';
import { defaultEpmdPort } from './client.ts';

/** Options of {@link EpmdServer.start}. */
export interface EpmdServerOptions {
  /**
   * Addresses, or names of hosts, to listen at besides loopback (127.0.0.1 and ::1), from which other machines can ask for
   * nodes: `0.0.0.0`, or `::` for IPv4 and IPv6. Default: `ERL_EPMD_ADDRESS` of the environment, a list with commas; or none.
   */
  host?: string | readonly string[] | undefined;
  /** The port; 0 takes any free one. Default: `ERL_EPMD_PORT` of the environment, or 4369. */
  port?: number | undefined;
  /**
   * Whether a program on this machine may end the server (`epmd -kill`) and take names from nodes (`epmd -stop`), as with
   * `epmd -relaxed_command_check`. Default: false; both are refused.
   */
  allowKill?: boolean | undefined;
  /** Names that can be registered at once; further ones are refused. Default: 1000. */
  maxNames?: number | undefined;
  /** Connections without a name that are open at once; a further one ends the oldest. Default: 500. */
  maxConnections?: number | undefined;
  /** Milliseconds for a connection to ask and to take its answer, unless it registers a name. Default: 60000. */
  requestTimeout?: number | undefined;
}

/** {@link EpmdServerOptions} with every default filled in. */
export interface EpmdServerSettings extends Limits {
  hosts: readonly string[];
  port: number;
  allowKill: boolean;
}

type Limits = typeof LIMITS;

/** The default of each option that is a number; each is a whole number from 1. */
const LIMITS = { maxNames: 1_000, maxConnections: 500, requestTimeout: 60_000 };

/**
 * Checks the options and fills in the defaults.
 *
 * @throws HiddenNodeError `invalid_argument`
 */
export function serverSettings(options: EpmdServerOptions): EpmdServerSettings {
  const { port = defaultEpmdPort(), allowKill = false } = options;
  if (!Number.isInteger(port) || port < 0 || port > 0xffff) throw invalid('port', port, 'from 0 to 65535');
  if (typeof allowKill !== 'boolean') throw invalid('allowKill', allowKill, 'true or false');
  return { ...checkLimits(options), hosts: hostsOf(options.host), port, allowKill };
}

function hostsOf(host: EpmdServerOptions['host']): readonly string[] {
  if (host === undefined) return (process.env.ERL_EPMD_ADDRESS ?? '').split(/[ ,]+/).filter((each) => each !== '');
  const hosts = typeof host === 'string' ? [host] : host;
  if (Array.isArray(hosts) && hosts.every((each) => typeof each === 'string' && each !== '')) return hosts;
  throw invalid('host', host, 'the name or address of a host, or a list of them');
}

function checkLimits(options: EpmdServerOptions): typeof LIMITS {
  const limits = { ...LIMITS };
  for (const name of Object.keys(LIMITS) as (keyof typeof LIMITS)[]) {
    const value = options[name] ?? LIMITS[name];
    if (!Number.isInteger(value) || value < 1 || value > 2 ** 31 - 1)
      throw invalid(name, value, 'a whole number from 1');
    limits[name] = value;
  }
  return limits;
}

function invalid(option: string, value: unknown, what: string): HiddenNodeError {
  return new HiddenNodeError('invalid_argument', `${option} of an EPMD is ${what}, not ${String(value)}`, {
    [option]: value,
  });
}
