/** Host names to addresses, by the operating system's resolver: the first step to any EPMD and any node. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { type Deadline, type WaitOptions, withDeadline } from '../deadline.ts';
import { HiddenNodeError } from '../errors.ts';

/** An IP address and its family. */
export interface ResolvedAddress {
  /** IPv4, or IPv6 without brackets; a scope such as `%eth0` may follow. */
  address: string;
  family: 4 | 6;
}

/** Milliseconds that a wait lasts when nobody says otherwise. */
export const DEFAULT_TIMEOUT = 5_000;

/**
 * Every address of a host, in the order in which the resolver gives them. A literal address is its own answer.
 *
 * @param host - a host name, an IPv4 or an IPv6 address
 * @param options - `timeout` in milliseconds (5000), `signal`, or a `deadline`
 * @returns at least one address
 * @throws HiddenNodeError `host_unresolved` with facts `host` and `reason` (the resolver's error as cause), also at the deadline;
 *   `aborted`; `invalid_argument` for a timeout that is none
 */
export function resolveAddresses(host: string, options: WaitOptions = {}): Promise<ResolvedAddress[]> {
  return withDeadline(options, DEFAULT_TIMEOUT, (deadline) => resolve(host, deadline));
}

async function resolve(host: string, deadline: Deadline): Promise<ResolvedAddress[]> {
  const family = isIP(host);
  if (family === 4 || family === 6) return [{ address: host, family }];
  // A lookup cannot be cancelled. One that is late occupies its thread a little longer, and its answer is dropped.
  const addresses = await deadline.race(lookUpAll(host), () =>
    unresolved(host, `the resolver did not answer within ${Math.round(deadline.timeout)} ms`),
  );
  if (addresses.length === 0) throw unresolved(host, 'it has no address');
  return addresses;
}

async function lookUpAll(host: string): Promise<ResolvedAddress[]> {
  try {
    const found = await lookup(host, { all: true, verbatim: true });
    return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
  } catch (cause) {
    throw unresolved(host, (cause as NodeJS.ErrnoException).code ?? String(cause), cause);
  }
}

function unresolved(host: string, reason: string, cause?: unknown): HiddenNodeError {
  return new HiddenNodeError(
    'host_unresolved',
    `the host name '${host}' has no address: ${reason}`,
    { host, reason },
    cause,
  );
}
