/**
 * Questions to an EPMD: where is a node, which nodes are there.
 *
 * Follows "EPMD Protocol" in the chapter "Distribution Protocol" of the ERTS User's Guide. Registering is in registration.ts.
 */
import { type WaitOptions, withDeadline } from '../deadline.ts';
import { HiddenNodeError } from '../errors.ts';
import { type Answer, ask, broken, type EpmdTarget, type Question } from './exchange.ts';
import {
  ANSWER_LIMITS,
  decodeNamesResponse,
  decodePortResponse,
  type EpmdNode,
  encodeNamesRequest,
  encodePortRequest,
  type RegisteredName,
} from './protocol.ts';
import { DEFAULT_TIMEOUT, type ResolvedAddress } from './resolve.ts';

/** Where an EPMD is and how long to wait for it. */
export interface EpmdOptions extends WaitOptions {
  /** A host name, an IPv4 or an IPv6 address (`127.0.0.1`). Every address of a name is tried in order. */
  host?: string | undefined;
  /** 1 to 65535; absent: `ERL_EPMD_PORT` of the environment, or 4369. */
  port?: number | undefined;
  /** What `host` was resolved to before; absent, the resolver is asked. */
  addresses?: readonly ResolvedAddress[] | undefined;
}

/** A node as EPMD knows it, and the address of the EPMD that answered. */
export interface FoundNode extends EpmdNode {
  address: string;
}

const STANDARD_PORT = 4369;

/**
 * The port where EPMD is expected, as for Erlang itself (see `epmd` in the ERTS Reference Manual, "Environment Variables").
 *
 * @param environment - where to look for `ERL_EPMD_PORT`; the process's own
 * @returns the port; 4369 when the variable is absent or empty
 * @throws HiddenNodeError `invalid_argument` when the variable is no port
 */
export function defaultEpmdPort(environment: NodeJS.ProcessEnv = process.env): number {
  const text = environment.ERL_EPMD_PORT;
  if (text === undefined || text === '') return STANDARD_PORT;
  if (/^\d{1,5}$/.test(text) && isPort(Number(text))) return Number(text);
  throw new HiddenNodeError('invalid_argument', `ERL_EPMD_PORT is a port from 1 to 65535, not '${text}'`, {
    ERL_EPMD_PORT: text,
  });
}

/**
 * Asks an EPMD for one node (PORT_PLEASE2_REQ).
 *
 * @param alive - the part of the node name before the `@`, 1 to 255 bytes of UTF-8
 * @param options - `host` (`127.0.0.1`), `port` (`ERL_EPMD_PORT` or 4369), `timeout` in milliseconds (5000), `signal`
 * @returns the node, or undefined when no node of the name is registered
 * @throws HiddenNodeError with facts `host`, `port`, `name`:
 *   - `epmd_unreachable` when no address accepts a connection, or it breaks
 *   - `epmd_timeout` when a connection or an answer is not there at the deadline
 *   - `epmd_protocol` when the answer is none of EPMD's, or about another node
 *   - `host_unresolved`, `aborted`, `invalid_node_name`, `invalid_argument`
 */
export async function lookUp(alive: string, options: EpmdOptions = {}): Promise<FoundNode | undefined> {
  const target = epmdTarget(options, alive);
  const question = { request: encodePortRequest(alive), limit: ANSWER_LIMITS.port, decode: decodePortResponse };
  const { value, address } = await askOnce(target, question, options);
  if (value === 'unknown') return undefined;
  if (value.name !== alive) throw broken(target, `answered about '${value.name}'`);
  return { ...value, address };
}

/**
 * Asks an EPMD for every registered node (NAMES_REQ), as `net_adm:names` and `epmd -names` do. Hidden nodes are among them.
 *
 * @param options - as for {@link lookUp}
 * @returns the names, each with the port where the node listens; the latest registered first
 * @throws HiddenNodeError as {@link lookUp}, facts `host` and `port`; `epmd_protocol` also for more than 1 MiB of names
 */
export async function names(options: EpmdOptions = {}): Promise<RegisteredName[]> {
  const question: Question<RegisteredName[]> = {
    request: encodeNamesRequest(),
    limit: ANSWER_LIMITS.names,
    untilEnd: true,
    decode: decodeNamesResponse,
  };
  return (await askOnce(epmdTarget(options), question, options)).value;
}

/**
 * What the options mean: defaults filled in, values checked.
 *
 * @throws HiddenNodeError `invalid_argument`
 */
export function epmdTarget(options: EpmdOptions, name?: string): EpmdTarget {
  const { host = '127.0.0.1', port = defaultEpmdPort(), addresses } = options;
  if (typeof host !== 'string' || host === '') {
    throw new HiddenNodeError('invalid_argument', 'the host of EPMD is a name or an address', { host });
  }
  if (!isPort(port)) {
    throw new HiddenNodeError('invalid_argument', `the port of EPMD is from 1 to 65535, not ${port}`, { port });
  }
  return { host, port, addresses, name };
}

function askOnce<T>(target: EpmdTarget, question: Question<T>, options: WaitOptions): Promise<Answer<T>> {
  return withDeadline(options, DEFAULT_TIMEOUT, async (deadline) => {
    const answer = await ask(target, question, deadline);
    answer.socket.destroy();
    return answer;
  });
}

function isPort(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 0xffff;
}
