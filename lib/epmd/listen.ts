/**
 * The sockets of an EPMD server.
 *
 * As "Environment Variables" of `epmd` in the ERTS Reference Manual has it for ERL_EPMD_ADDRESS, loopback is always among the
 * addresses, since nodes register there. Unlike Erlang's, this EPMD listens nowhere else unless it is told to.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { HiddenNodeError } from '../errors.ts';
import { isLoopback, LOOPBACK } from './loopback.ts';
import { resolveAddresses } from './resolve.ts';

/** Listening sockets at several addresses and one port. */
export interface Listening {
  servers: Server[];
  addresses: string[];
}

/** All addresses of a family. `::` takes IPv4 as well. */
const ANY_IPV4 = '0.0.0.0';
const ANY = '::';

/** How often a port that is free at one address and taken at the next is exchanged for another, when any will do. */
const ATTEMPTS = 10;

const BACKLOG = 511;

/**
 * The addresses at which to listen for `hosts`: those that they have, and loopback, none of them twice.
 *
 * @param hosts - names or numeric addresses
 * @throws HiddenNodeError `host_unresolved`
 */
export async function listenAddresses(hosts: readonly string[]): Promise<string[]> {
  const resolved = await Promise.all(hosts.map((host) => resolveAddresses(host)));
  const wanted = new Set(resolved.flat().map(({ address }) => address));
  if (wanted.has(ANY)) return [ANY];
  const [four, six] = LOOPBACK;
  const all = new Set(wanted.has(ANY_IPV4) ? [ANY_IPV4, six] : [four, six]);
  for (const address of wanted) if (!(wanted.has(ANY_IPV4) && !address.includes(':'))) all.add(address);
  return [...all];
}

/**
 * Listens at every address. Loopback addresses that the machine does not have are left out.
 *
 * @param port - 0 for any that is free at all of them
 * @param accepted - gets each connection
 * @throws HiddenNodeError `listen_failed` with facts `address`, `port`, `errno`; nothing is left open then
 */
export async function listenAt(
  addresses: readonly string[],
  port: number,
  accepted: (socket: Socket) => void,
): Promise<Listening> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await listenOnce(addresses, port, accepted);
    } catch (error) {
      if (port !== 0 || attempt === ATTEMPTS || !isPortTaken(error)) throw error;
    }
  }
}

/** True when the reason that EPMD cannot listen is that somebody does already. */
export function isPortTaken(error: unknown): boolean {
  return error instanceof HiddenNodeError && error.facts.errno === 'EADDRINUSE';
}

async function listenOnce(
  addresses: readonly string[],
  port: number,
  accepted: (socket: Socket) => void,
): Promise<Listening> {
  const listening: Listening = { servers: [], addresses: [] };
  let chosen = port;
  let skipped: HiddenNodeError | undefined;
  for (const address of addresses) {
    try {
      const server = await listen(address, chosen, accepted);
      chosen = (server.address() as AddressInfo).port;
      listening.servers.push(server);
      listening.addresses.push(address);
    } catch (error) {
      if (!isLoopback(address) || isPortTaken(error)) {
        closeAll(listening);
        throw error;
      }
      skipped = error as HiddenNodeError;
    }
  }
  if (listening.servers.length === 0) throw skipped;
  return listening;
}

async function listen(address: string, port: number, accepted: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, accepted);
  try {
    // In a worker of node:cluster a port is shared unless it is exclusive: several would then each have a part of the names.
    server.listen({ host: address, port, backlog: BACKLOG, exclusive: true });
    await once(server, 'listening');
  } catch (cause) {
    const errno = (cause as NodeJS.ErrnoException).code;
    const at = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
    throw new HiddenNodeError(
      'listen_failed',
      `EPMD cannot listen at ${at}: ${errno}`,
      { address, port, errno },
      cause,
    );
  }
  // A connection that could not be accepted, for want of descriptors say, is its peer's loss alone.
  return server.on('error', () => undefined);
}

function closeAll({ servers }: Listening): void {
  for (const server of servers) server.close();
}
