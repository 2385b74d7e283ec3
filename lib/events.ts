/** The events of a node. */
import { EventEmitter } from 'node:events';
import type { HiddenNodeError } from './errors.ts';

/** What listeners of a {@link HiddenNode} get. */
export interface NodeEvents {
  /** A link to a node came up, whoever opened it. */
  nodeup: [node: string];
  /** A link went down. The code of the reason says why: `noconnection`, `net_tick_timeout`, `malformed_frame`, ... */
  nodedown: [node: string, reason: HiddenNodeError];
  /**
   * A connection did not come about, in either direction. The node is undefined when a peer never said who it is. `lost`
   * messages that had been sent in the meantime were dropped.
   */
  linkfailed: [node: string | undefined, reason: HiddenNodeError, lost: number];
  /** The name of this node is no longer in EPMD; it is registered again as soon as that is possible. */
  epmdlost: [reason: HiddenNodeError];
  /** The name of this node is in EPMD again. */
  epmdregained: [];
}

/** An emitter whose listeners cannot break what emits: what one throws becomes an uncaught exception of its own. */
export class NodeEmitter extends EventEmitter<NodeEvents> {
  override emit<K>(name: K | keyof NodeEvents, ...args: K extends keyof NodeEvents ? NodeEvents[K] : never): boolean {
    try {
      return super.emit(name as keyof NodeEvents, ...(args as NodeEvents[keyof NodeEvents]));
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
      return true;
    }
  }
}
