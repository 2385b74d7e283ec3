/**
 * The `node:diagnostics_channel` channels of hidden-node. Nothing is computed for a channel that nobody subscribes to, and
 * no message holds a cookie or a payload.
 */
import { type Channel, channel } from 'node:diagnostics_channel';
import type { ErrorCode } from './errors.ts';

/** A connection attempt of this node began, `hidden-node:connect`. */
export interface ConnectEvent {
  node: string;
  peer: string;
}

/** A handshake ended, `hidden-node:handshake`. */
export interface HandshakeEvent {
  node: string;
  /** Absent when the peer never said who it is. */
  peer: string | undefined;
  remote: string;
  direction: 'outgoing' | 'incoming';
  /** Absent when it succeeded. */
  code: ErrorCode | undefined;
  /** Milliseconds. */
  duration: number;
}

/** A link came up, `hidden-node:nodeup`, or went down, `hidden-node:nodedown`. */
export interface LinkEvent {
  node: string;
  peer: string;
  remote: string;
  /** Why it went down. */
  code?: ErrorCode;
}

/** Messages were dropped, `hidden-node:dropped`. */
export interface DroppedEvent {
  node: string;
  /** A registered name, or `pid`, `alias`, or the node that could not be reached. */
  to: string;
  reason: 'no_process' | 'no_alias' | 'no_handler' | 'late_reply' | 'noconnection';
  count: number;
}

/** A mailbox is at its bound, and a link waits for it to have room, `hidden-node:full`. */
export interface FullEvent {
  node: string;
  /** The registered name of the mailbox, or `pid`. */
  to: string;
  /** The node from which nothing is read meanwhile. */
  peer: string;
}

/** A call of another node ended that this one served, or did not know, `hidden-node:served`. */
export interface ServedEvent {
  node: string;
  /** The node that called; absent for a cast that does not say. */
  peer: string | undefined;
  module: string;
  function: string;
  arity: number;
  outcome: 'return' | 'throw' | 'exit' | 'error';
  /** What the function threw; absent when it returned, and when it is not exposed. */
  error: unknown;
  /** Milliseconds. */
  duration: number;
}

export const channels = {
  connect: channel('hidden-node:connect'),
  handshake: channel('hidden-node:handshake'),
  nodeup: channel('hidden-node:nodeup'),
  nodedown: channel('hidden-node:nodedown'),
  dropped: channel('hidden-node:dropped'),
  full: channel('hidden-node:full'),
  served: channel('hidden-node:served'),
} as const satisfies Record<string, Channel>;

export function publishFull(node: string, to: string, peer: string): void {
  if (channels.full.hasSubscribers) channels.full.publish({ node, to, peer } satisfies FullEvent);
}

export function publishDropped(node: string, to: string, reason: DroppedEvent['reason'], count = 1): void {
  if (channels.dropped.hasSubscribers) channels.dropped.publish({ node, to, reason, count } satisfies DroppedEvent);
}
