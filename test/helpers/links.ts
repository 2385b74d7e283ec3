/** What tests of links that survive look at. */
import diagnostics_channel from 'node:diagnostics_channel';
import type { ConnectEvent, HiddenNode } from '../../lib/index.ts';
import type { Cluster, NamedErlang } from './cluster.ts';
import type { ErlangOptions } from './erlang.ts';
import { until } from './until.ts';

/** Pauses that a test can wait for. */
export const SHORT = { first: 10, longest: 200 };
/** A pause that no test would wait for. */
export const LONG = { first: 60_000, longest: 60_000 };

/** Collects what a node tells of its links. */
export function journal(node: HiddenNode): string[] {
  const lines: string[] = [];
  node.on('nodeup', (name) => lines.push(`up ${name}`));
  node.on('nodedown', (name, reason) => lines.push(`down ${name} ${reason.code}`));
  node.on('linkfailed', (name, reason) => lines.push(`failed ${name} ${reason.code}`));
  return lines;
}

export function count(lines: string[], line: string): number {
  return lines.filter((one) => one === line).length;
}

/** Counts the attempts of a node to reach a peer. */
export function attempts(node: HiddenNode, peer: string): { count: number; stop(): void } {
  const counter = { count: 0, stop: () => diagnostics_channel.unsubscribe('hidden-node:connect', listener) };
  const listener = (message: unknown) => {
    const event = message as ConnectEvent;
    if (event.node === node.name && event.peer === peer) counter.count++;
  };
  diagnostics_channel.subscribe('hidden-node:connect', listener);
  return counter;
}

/** Starts a node under a name that EPMD may still have to take from the old one. */
export function startAgain(cluster: Cluster, name: string, options: ErlangOptions = {}): Promise<NamedErlang> {
  return until('the name', () => cluster.beam({ ...options, name }).catch(() => undefined));
}

export async function portOf({ name, erlang }: NamedErlang): Promise<number> {
  return Number(await erlang.evaluate(`element(2, erl_epmd:port_please("${name.split('@')[0]}", "127.0.0.1"))`));
}
