/** The peers: nodes of the library, many to a process, or real Erlang nodes. */
import { ErlangNode } from '../../test/helpers/erlang.ts';
import { Child } from './child.ts';
import type { PeerAddress, PeerTasks } from './tasks.ts';

export interface Peers {
  readonly kind: string;
  readonly addresses: PeerAddress[];
  /** Each opens a connection, all at the same time. */
  connectTo(hub: PeerAddress): Promise<unknown>;
  /** All processes, at once and without a farewell. */
  kill(): Promise<unknown>;
}

/** What all nodes need. */
export interface Cluster {
  cookie: string;
  epmdPort: number;
}

const environment = ({ epmdPort }: Cluster): NodeJS.ProcessEnv => ({ ...process.env, ERL_EPMD_PORT: String(epmdPort) });

/**
 * @param count - how many nodes in all
 * @param processes - how many processes they are spread over
 */
export async function startJsPeers(cluster: Cluster, count: number, processes: number): Promise<Peers> {
  const { cookie } = cluster;
  const children = Array.from({ length: processes }, () => new Child<PeerTasks>('js-peers', environment(cluster)));
  const addresses = await Promise.all(
    children.map((child, n) => {
      const share = Math.floor(count / processes) + (n < count % processes ? 1 : 0);
      return child.ask('start', { prefix: `js${n}_`, count: share, cookie });
    }),
  );
  return {
    kind: `nodes of the library, in ${processes} processes`,
    addresses: addresses.flat(),
    connectTo: (hub) => Promise.all(children.map((child) => child.ask('connect', { hub }))),
    kill: () => Promise.all(children.map((child) => child.kill())),
  };
}

/** One scheduler and one thread for files: as small as a node can be. */
const SMALL = ['+S', '1:1', '+A', '1', '+SDio', '1'];
/** Starting is work: more at a time would only wait for each other. */
const AT_A_TIME = 4;

/** @param beamPath - the folder with the compiled `hidden_node_peer` */
export async function startBeams(cluster: Cluster, count: number, beamPath: string): Promise<Peers> {
  const { cookie, epmdPort } = cluster;
  const beams: ErlangNode[] = [];
  const addresses: PeerAddress[] = [];
  let next = 0;
  const startSome = async (): Promise<void> => {
    while (next < count) {
      const name = `beam${next++}@127.0.0.1`;
      const erlang = await ErlangNode.start({ name, cookie, epmdPort, arguments: [...SMALL, '-pa', beamPath] });
      beams.push(erlang);
      await erlang.evaluate('hidden_node_peer:start()');
      const port = await erlang.evaluate(
        'element(2, inet:port(hd([P || P <- erlang:ports(), {ok, _} <- [inet:port(P)]])))',
      );
      addresses.push({ name, port: Number(port) });
    }
  };
  const kill = () => Promise.all(beams.map((beam) => beam.stop()));
  try {
    await Promise.all(Array.from({ length: AT_A_TIME }, startSome));
  } catch (error) {
    await kill();
    throw error;
  }
  return {
    kind: 'Erlang nodes',
    addresses,
    connectTo: (hub) => Promise.all(beams.map((beam) => beam.evaluate(`net_kernel:connect_node('${hub.name}')`))),
    kill,
  };
}
