import { afterAll, afterEach, beforeAll } from 'vitest';
import type { HiddenNode } from '../../lib/index.ts';
import { Cluster, type NamedErlang } from './cluster.ts';

/** A node that is started later. */
function running(find: () => NamedErlang | undefined): NamedErlang {
  const found = (): NamedErlang => {
    const node = find();
    if (node === undefined) throw new Error('the Erlang node has not started');
    return node;
  };
  return {
    get name() {
      return found().name;
    },
    get erlang() {
      return found().erlang;
    },
  };
}

/** Two connected Erlang nodes for the tests of a file, without a global name after each test. */
export function useGlobal() {
  const cluster = new Cluster();
  const [one, two] = [running(() => started[0]), running(() => started[1])];
  let started: NamedErlang[] = [];

  beforeAll(async () => {
    await cluster.begin();
    started = await Promise.all([cluster.beam(), cluster.beam()]);
    await mesh(one, two);
  });
  afterEach(async () => {
    await cluster.stopNodes();
    await Promise.all([one, two].map(({ erlang }) => erlang.evaluateUntil('global:registered_names()', '[]')));
  });
  afterAll(() => cluster.stop());

  async function connected(...to: NamedErlang[]): Promise<HiddenNode> {
    const node = await cluster.node();
    for (const { name } of to) await node.connect(name);
    return node;
  }

  return { cluster, one, two, connected };
}

/** Connects Erlang nodes to each other, and waits until all know the same names. */
export async function mesh(...beams: NamedErlang[]): Promise<void> {
  for (const { name } of beams.slice(1)) await beams[0]!.erlang.evaluate(`net_kernel:connect_node('${name}')`);
  for (const { name, erlang } of beams) {
    const others = beams.filter((each) => each.name !== name).map((each) => `'${each.name}'`);
    await erlang.evaluateUntil(`[${others}] -- nodes()`, '[]');
    await erlang.evaluate('global:sync()');
  }
}

/** Waits until Erlang nodes know the process of a node by a name. */
export async function known(name: string, node: HiddenNode, ...by: NamedErlang[]): Promise<void> {
  const holder = `case global:whereis_name(${name}) of undefined -> undefined; P -> node(P) end`;
  for (const { erlang } of by) await erlang.evaluateUntil(`(fun() -> ${holder} end)()`, `'${node.name}'`);
}

export async function unknown(name: string, ...by: NamedErlang[]): Promise<void> {
  for (const { erlang } of by) await erlang.evaluateUntil(`global:whereis_name(${name})`, 'undefined');
}
