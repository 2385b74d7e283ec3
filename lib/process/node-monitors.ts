/** Processes of this node that want to know when the connection to a node is lost. Erlang documentation: `erlang:monitor_node/2`. */
import { type Atom, atom } from '../term/atom.ts';
import { tuple } from '../term/tuple.ts';
import type { LocalProcess } from './local-process.ts';
import { MapPerProcess } from './map-per-process.ts';
import type { Nodes } from './nodes.ts';

const NODEDOWN = atom('nodedown');

interface NodeMonitor {
  readonly node: Atom;
  /** As in Erlang each call counts, and brings a message of its own. */
  count: number;
}

export class NodeMonitors {
  readonly #monitors = new MapPerProcess<Atom, NodeMonitor>();

  constructor(private readonly nodes: Nodes) {}

  add(process: LocalProcess, node: Atom): void {
    this.nodes.to(node);
    const known = this.#monitors.get(process, node);
    if (known === undefined) this.#monitors.set(process, node, { node, count: 1 });
    else known.count++;
  }

  /** @returns false when the process did not monitor the node */
  remove(process: LocalProcess, node: Atom): boolean {
    const known = this.#monitors.get(process, node);
    if (known === undefined) return false;
    if (--known.count === 0) this.#monitors.delete(process, node);
    return true;
  }

  /** A process of ours has ended. */
  ended(process: LocalProcess): void {
    this.#monitors.take(process);
  }

  nodeDown(node: Atom): void {
    for (const [process, { count }] of this.#monitors.takeIf((monitor) => monitor.node === node)) {
      for (let i = 0; i < count; i++) process.behaviour.deliver(tuple(NODEDOWN, node));
    }
  }
}
