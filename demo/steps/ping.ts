/** Step: every node reaches every other. */
import { type Atom, atom, type Tuple } from 'hidden-node';
import { allNodes, type Finding, orderedPairs, pairTable, type Scene } from '../scene.ts';
import { milliseconds } from '../table.ts';

const PONG = atom('pong');

/** Pings each ordered pair of nodes, one after the other, so that the times are those of a ping alone. */
export async function pingStep(scene: Scene): Promise<Finding> {
  const names = allNodes(scene);
  const pairs = orderedPairs(names);
  const times = new Map<string, number>();
  for (const [from, to] of pairs) {
    const time = await ping(from, to, scene);
    if (time !== undefined) times.set(`${from} ${to}`, time);
  }
  return {
    table: pairTable('from \\ to', names, (from, to) => {
      const time = times.get(`${from} ${to}`);
      return time === undefined ? 'no pong' : milliseconds(time);
    }),
    proof: `${times.size} of ${pairs.length} pongs; the Erlang nodes were told to ping by rpc`,
    problems: pairs.filter((pair) => !times.has(pair.join(' '))).map(([from, to]) => `${to} did not answer ${from}`),
  };
}

/** The milliseconds of a ping; undefined when it was not answered. */
async function ping(from: string, to: string, { node, signal }: Scene): Promise<number | undefined> {
  if (from === node.name) {
    const start = performance.now();
    return (await node.ping(to, { signal })) ? performance.now() - start : undefined;
  }
  // timer:tc/3 calls net_adm:ping/1 and gives {Microseconds, pong | pang}.
  const args = [atom('net_adm'), atom('ping'), [atom(to)]];
  const timed = await node.rpc<Tuple<[micros: number, answer: Atom]>>(from, 'timer', 'tc', args, { signal });
  const [micros, answer] = timed.elements;
  return answer === PONG ? micros / 1000 : undefined;
}
