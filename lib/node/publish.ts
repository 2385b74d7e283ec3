/** What the connections of a node tell `node:diagnostics_channel`. */
import { channels, type HandshakeEvent, type LinkEvent } from '../diagnostics.ts';
import { type HandshakeOptions, type HandshakeOutcome, performHandshake } from '../distribution/handshake.ts';
import type { Link } from '../distribution/link.ts';
import { type HiddenNodeError, isHiddenNodeError } from '../errors.ts';

/** Performs a handshake and publishes how it ended. @throws those of {@link performHandshake} */
export async function publishedHandshake(node: string, options: HandshakeOptions): Promise<HandshakeOutcome> {
  const start = performance.now();
  let peer = options.expected;
  let code: HandshakeEvent['code'];
  try {
    const outcome = await performHandshake(options);
    peer = outcome.peer.name;
    return outcome;
  } catch (error) {
    if (isHiddenNodeError(error)) {
      code = error.code;
      peer ??= error.facts.peer as string | undefined;
    }
    throw error;
  } finally {
    if (channels.handshake.hasSubscribers) {
      const direction = options.expected === undefined ? 'incoming' : 'outgoing';
      const duration = performance.now() - start;
      const { remote } = options.carrier;
      channels.handshake.publish({ node, peer, remote, direction, code, duration } satisfies HandshakeEvent);
    }
  }
}

export function publishConnect(node: string, peer: string): void {
  if (channels.connect.hasSubscribers) channels.connect.publish({ node, peer });
}

/** A link came up, or went down for a reason. */
export function publishLink(node: string, link: Link, reason?: HiddenNodeError): void {
  const channel = reason === undefined ? channels.nodeup : channels.nodedown;
  if (!channel.hasSubscribers) return;
  const event: LinkEvent = { node, peer: link.peer.name, remote: link.stats().remote };
  channel.publish(reason === undefined ? event : { ...event, code: reason.code });
}
