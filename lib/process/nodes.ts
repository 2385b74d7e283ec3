/** How processes speak to a node, this one included. */
import type { SignalSender } from '../distribution/control/signals.ts';
import type { Atom } from '../term/atom.ts';

export interface Nodes {
  /**
   * A connection is opened if there is none.
   *
   * @throws `invalid_node_name`, `name_domain_mismatch`, `node_stopped`
   */
  to(node: Atom): SignalSender;
  /** Undefined when there is no connection, and none is being opened. */
  existing(node: Atom): SignalSender | undefined;
}
