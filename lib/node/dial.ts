/** Opens a TCP carrier to a node: its host's addresses, its port from EPMD or given, then the connection. */
import { connectTcp } from '../carrier/tcp.ts';
import { type ResolvePeerOptions, resolvePeer } from './address.ts';
import type { Dial } from './connections.ts';

/** @param where - what is known about where peers are */
export function tcpDial(where: Omit<ResolvePeerOptions, 'timeout' | 'signal' | 'deadline'>): Dial {
  return async (name, deadline) => {
    const { addresses, port } = await resolvePeer(name, { ...where, deadline });
    return connectTcp(
      addresses.map(({ address }) => address),
      port,
      deadline,
    );
  };
}
