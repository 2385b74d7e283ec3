/** What the steps of the demo work with, and what they come to. */
import type { HiddenNode } from 'hidden-node';
import type { BeamNode } from './cluster.ts';
import type { MessageHandler } from './handler.ts';
import type { Row } from './table.ts';

/** The node of this process in the cluster of the demo. */
export interface Scene {
  node: HiddenNode;
  /** The handler of this node. */
  handler: MessageHandler;
  beams: readonly BeamNode[];
  epmdPort: number;
  /** Messages of the burst, in each direction. */
  burst: number;
  /** Fires when the demo is to end early. */
  signal: AbortSignal;
}

/** What a step found out. */
export interface Finding {
  table?: Row[];
  /** What is proved when there are no problems, in a sentence without its full stop. */
  proof: string;
  /** What is wrong, a sentence each. None: the step has passed. */
  problems: string[];
  /** How many messages the step sent, and how many arrived as the receivers say. */
  messages?: { sent: number; received: number };
}

/** The names of all nodes, this one last. */
export function allNodes({ beams, node }: Scene): string[] {
  return [...beams.map(({ name }) => name), node.name];
}

/** Every node with every other, in both orders. */
export function orderedPairs(names: readonly string[]): [from: string, to: string][] {
  return names.flatMap((from) => names.filter((to) => to !== from).map((to): [string, string] => [from, to]));
}

/** The part of a node name before the `@`. */
export function alive(name: string): string {
  return name.split('@')[0]!;
}

/**
 * A table of what was found for each ordered pair of nodes: a row for each sender, a column for each receiver.
 *
 * @param corner - the heading of the first column
 */
export function pairTable(corner: string, names: readonly string[], cell: (from: string, to: string) => string): Row[] {
  const rows = names.map((from) => [alive(from), ...names.map((to) => (to === from ? '-' : cell(from, to)))]);
  return [[corner, ...names.map(alive)], ...rows];
}
