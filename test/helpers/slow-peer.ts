/** A peer that shakes hands and then reads nothing, so that what is sent to it waits. */
import { type HiddenNode, type Registered, registered, type StartOptions } from '../../lib/index.ts';
import { type Cluster, uniqueName } from './cluster.ts';
import { HandmadeListener, HandmadePeer } from './handmade-peer.ts';

export interface SlowPeer {
  node: HiddenNode;
  name: string;
  listener: HandmadeListener;
  peer: HandmadePeer;
  /** A process there, as messages are addressed to it. */
  to: Registered;
}

/** A node linked to a peer that reads nothing until it is told to. */
export async function nodeWithSlowPeer(cluster: Cluster, options: Partial<StartOptions> = {}): Promise<SlowPeer> {
  const name = uniqueName('slow');
  let shaken!: (peer: HandmadePeer) => void;
  const linked = new Promise<HandmadePeer>((resolve) => {
    shaken = resolve;
  });
  const listener = await HandmadeListener.start(async (socket) => {
    const peer = await new HandmadePeer(socket, { name, cookie: cluster.cookie }).answerHandshake();
    socket.pause();
    shaken(peer);
  });
  const node = await cluster.node({ listen: false, ...options });
  await node.connect(name, { port: listener.port });
  return { node, name, listener, peer: await linked, to: registered('sink', name) };
}
