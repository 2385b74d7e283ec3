/** Step: this process becomes a node of the cluster, by calling and by being called. */
import { type Atom, atom, names } from 'hidden-node';
import type { Finding, Scene } from '../scene.ts';
import { alive } from '../scene.ts';

/** Finds the Erlang nodes by EPMD and connects: all but the last are called, and the last calls. */
export async function joinStep(scene: Scene): Promise<Finding> {
  const { node, beams, epmdPort: port, signal } = scene;
  const found = new Set((await names({ port, signal })).map(({ name }) => name));
  const absent = beams.filter(({ name }) => !found.has(alive(name)));
  if (absent.length > 0) throw new Error(`EPMD does not know ${absent.map(({ name }) => name).join(', ')}`);

  const called = beams.slice(0, -1).map(({ name }) => name);
  const caller = beams.at(-1)!.name;
  await Promise.all(called.map((name) => node.connect(name, { signal })));
  // Asked through another node: asking it directly would make this process the one that calls.
  const callUs = [atom(caller), atom('net_kernel'), atom('connect_node'), [atom(node.name)]];
  const connected = await node.rpc(called[0]!, 'rpc', 'call', callUs, { signal });
  const problems = connected === true ? [] : [`${caller} could not connect to ${node.name}`];
  problems.push(...(await notHidden(scene)));
  return {
    proof: `it called ${called.map(alive).join(' and ')}, and ${alive(caller)} called it; all list it in nodes(hidden)`,
    problems,
  };
}

/** Each Erlang node must have this one among its hidden nodes, and not among the visible ones. */
async function notHidden({ node, beams, signal }: Scene): Promise<string[]> {
  const us = atom(node.name);
  const problems: string[] = [];
  for (const { name } of beams) {
    const hidden = await node.rpc<Atom[]>(name, 'erlang', 'nodes', [atom('hidden')], { signal });
    const visible = await node.rpc<Atom[]>(name, 'erlang', 'nodes', [], { signal });
    if (!hidden.includes(us)) problems.push(`${name} does not have ${node.name} in nodes(hidden)`);
    if (visible.includes(us)) problems.push(`${name} has ${node.name} in nodes()`);
  }
  return problems;
}
