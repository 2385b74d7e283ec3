/** Where a node is: from its name to the addresses of its host and the port on which it listens. */
import { type Deadline, type WaitOptions, withDeadline } from '../deadline.ts';
import { defaultEpmdPort, type FoundNode, lookUp } from '../epmd/client.ts';
import { DEFAULT_TIMEOUT, type ResolvedAddress, resolveAddresses } from '../epmd/resolve.ts';
import { HiddenNodeError } from '../errors.ts';
import type { NodeName } from './name.ts';

export { type ResolvedAddress, resolveAddresses };

/** What is known about where a peer is, and how long to look. */
export interface ResolvePeerOptions extends WaitOptions {
  /** The host to go to, in place of the one in the name: a name, an IPv4 or an IPv6 address. */
  host?: string | undefined;
  /** The port on which the peer listens, 1 to 65535: EPMD is then not asked. */
  port?: number | undefined;
  /** The port of the EPMD on the peer's host; absent: `ERL_EPMD_PORT`, or 4369. */
  epmd?: { port?: number | undefined } | undefined;
  /** Hosts of node names, each with the host or address to go to: a resolver of one's own, looked at before DNS. */
  hosts?: Readonly<Record<string, string>> | undefined;
}

/** Where a peer is. */
export interface PeerAddress {
  /** The host that was resolved: the given one, or the one in the name, through the static map. */
  readonly host: string;
  readonly port: number;
  /** At least one, in the order in which to try them: the address at which EPMD answered comes first. */
  readonly addresses: readonly ResolvedAddress[];
}

/**
 * Finds a peer: resolves the host of its name, and asks the EPMD there for the port, as `erl_epmd:address_please` and
 * `port_please` do. Normal and hidden nodes are found alike.
 *
 * @param name - the peer
 * @param options - `host`, `port`, `epmd.port`, `hosts`; `timeout` in milliseconds (5000) for everything together, `signal`, or
 *   a `deadline`
 * @returns where to connect
 * @throws HiddenNodeError
 *   - `peer_unknown` with facts `name`, `host` and `epmdPort`, when EPMD has no such node
 *   - `host_unresolved`, `epmd_unreachable`, `epmd_timeout`, `epmd_protocol`, `aborted`, `invalid_argument`
 */
export function resolvePeer(name: NodeName, options: ResolvePeerOptions = {}): Promise<PeerAddress> {
  return withDeadline(options, DEFAULT_TIMEOUT, async (deadline) => {
    const host = hostOf(name, options);
    const { port } = options;
    if (port !== undefined) assertPort(port);
    const addresses = await resolveAddresses(host, { deadline });
    if (port !== undefined) return { host, port, addresses };
    const found = await askEpmd(name, host, addresses, options.epmd?.port, deadline);
    return { host, port: found.port, addresses: startingWith(found.address, addresses) };
  });
}

function hostOf(name: NodeName, { host = name.host, hosts = {} }: ResolvePeerOptions): string {
  return Object.hasOwn(hosts, host) ? hosts[host]! : host;
}

async function askEpmd(
  name: NodeName,
  host: string,
  addresses: readonly ResolvedAddress[],
  port: number | undefined,
  deadline: Deadline,
): Promise<FoundNode> {
  const found = await lookUp(name.alive, { host, addresses, port, deadline });
  // A node that does not listen may be registered with port 0 to keep its name.
  if (found !== undefined && found.port !== 0) return found;
  const epmdPort = port ?? defaultEpmdPort();
  const what = found === undefined ? `knows no node '${name.alive}'` : `knows no port of '${name.alive}'`;
  throw new HiddenNodeError('peer_unknown', `EPMD at ${host}:${epmdPort} ${what}: is ${name.full} running?`, {
    name: name.full,
    host,
    epmdPort,
  });
}

function startingWith(address: string, addresses: readonly ResolvedAddress[]): ResolvedAddress[] {
  return [...addresses].sort((a, b) => Number(b.address === address) - Number(a.address === address));
}

/** @throws `invalid_argument` for what is no port of a peer */
export function assertPort(port: number): void {
  if (Number.isInteger(port) && port >= 1 && port <= 0xffff) return;
  throw new HiddenNodeError('invalid_argument', `the port of a peer is from 1 to 65535, not ${port}`, { port });
}
