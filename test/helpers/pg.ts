/** Scopes of `pg` that a node of the library shares with a real Erlang node. */
import { afterEach, expect } from 'vitest';
import type { EncodableTerm, HiddenNode, PgScope } from '../../lib/index.ts';
import { type NamedErlang, useCluster } from './cluster.ts';
import { until } from './until.ts';

/** A cluster with an Erlang node for the tests of a file, whose scopes end with each test. */
export function usePg() {
  const { cluster, beam } = useCluster();

  let counter = 0;
  let started: string[] = [];

  /** The name of a scope that no other test uses. */
  function uniqueScope(): string {
    counter += 1;
    return `scope${counter}`;
  }

  /** Starts a scope on an Erlang node. */
  async function startScope(name: string, on: NamedErlang = beam): Promise<string> {
    expect(await on.erlang.evaluate(`element(1, pg:start(${name}))`)).toBe('ok');
    if (on === beam) started.push(name);
    return name;
  }

  afterEach(async () => {
    for (const name of started) await beam.erlang.evaluate(`catch gen_server:stop(${name}), ok`);
    started = [];
  });

  async function connected(to: NamedErlang = beam): Promise<HiddenNode> {
    const node = await cluster.node();
    await node.connect(to.name);
    return node;
  }

  /** A node, and a scope that it shares with the Erlang node. */
  async function shared(): Promise<{ node: HiddenNode; scope: PgScope; name: string }> {
    const name = await startScope(uniqueScope());
    const node = await connected();
    return { node, scope: node.pg(name), name };
  }

  return { cluster, beam, uniqueScope, startScope, connected, shared };
}

/** How many members of a group Erlang sees on each node. */
export function seenBy(name: string, group: string): string {
  return `lists:sort(maps:to_list(lists:foldl(fun(P, M) -> maps:update_with(node(P), fun(N) -> N + 1 end, 1, M) end,
    #{}, pg:get_members(${name}, ${group}))))`;
}

/** The node of each member of a group, as this side sees it. */
export function nodesOf(scope: PgScope, group: EncodableTerm): string[] {
  return scope
    .members(group)
    .map((pid) => pid.node.name)
    .sort();
}

export function untilMembers(scope: PgScope, group: EncodableTerm, count: number, timeout?: number): Promise<true> {
  return until(`${count} members`, () => scope.members(group).length === count, timeout);
}

/** Erlang source: a process that is a member of a group until it gets `stop`. */
export function member(name: string, group: string): string {
  return `spawn(fun() -> ok = pg:join(${name}, ${group}, self()), receive stop -> ok end end)`;
}
