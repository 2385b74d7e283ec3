/** Step: EPMD knows every node, by name, port and kind, whichever node asks it. */
import { type Atom, atom, type FoundNode, lookUp, type Tuple } from 'hidden-node';
import { alive, allNodes, type Finding, type Scene } from '../scene.ts';

/** Looks up every node in EPMD, and lets every Erlang node list EPMD as well. */
export async function epmdStep(scene: Scene): Promise<Finding> {
  const { epmdPort: port, signal, node } = scene;
  const names = allNodes(scene);
  const found = await Promise.all(names.map((name) => lookUp(alive(name), { port, signal })));
  const problems = names.flatMap((name, index) => wrong(name, found[index], name === node.name ? 'hidden' : 'normal'));
  if (found.at(-1)?.port !== node.port) problems.push(`EPMD has another port for ${node.name} than it listens at`);
  const expected = found.map((one) => `${one?.name} ${one?.port}`).sort();
  for (const { name } of scene.beams) {
    const listed = await listedBy(name, scene);
    if (listed.join() === expected.join()) continue;
    problems.push(`${name} reads ${listed.join(', ')} from EPMD, and not ${expected.join(', ')}`);
  }
  const pids = [...scene.beams.map(({ pid }) => pid), process.pid];
  return {
    table: [['node', 'OS pid', 'port', 'kind'], ...names.map((name, index) => row(name, pids[index]!, found[index]))],
    proof: `EPMD has all ${names.length}, and each Erlang node reads the same from it`,
    problems,
  };
}

function row(name: string, pid: number, found: FoundNode | undefined): string[] {
  return [name, String(pid), String(found?.port ?? 'none'), found?.nodeType ?? 'unknown'];
}

function wrong(name: string, found: FoundNode | undefined, kind: FoundNode['nodeType']): string[] {
  if (found === undefined) return [`EPMD does not know ${name}`];
  return found.nodeType === kind ? [] : [`EPMD has ${name} as a ${found.nodeType} node, not as a ${kind} one`];
}

/** `net_adm:names/1`: what EPMD tells an Erlang node, each as `name port`. */
async function listedBy(name: string, { node, signal }: Scene): Promise<string[]> {
  type Names = Tuple<[ok: Atom, Tuple<[alive: number[], port: number]>[]]>;
  const answer = await node.rpc<Names>(name, 'net_adm', 'names', [atom('127.0.0.1')], { signal });
  const entries = answer.elements[1];
  if (!Array.isArray(entries)) return [];
  // An Erlang string is a list of code points.
  return entries.map(({ elements: [codes, port] }) => `${String.fromCodePoint(...codes)} ${port}`).sort();
}
