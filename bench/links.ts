/**
 * What many links at once cost one node, and how that grows with their number.
 *
 *   npm run setup && bash scripts/setup.sh --bench
 *   node build/bench/bench/links.js [--peers N] [--processes N] [--beams N] [--seconds N] [--rest N] [--json FILE]
 *
 * The peers are nodes of the library, 200 in 4 processes unless told otherwise; with --beams real Erlang nodes in their place, which
 * take about 40 MB and a second of CPU time each. Takes about two minutes, and with --beams a second more for each of them.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Modules } from '../test/helpers/compile.ts';
import { Epmd } from '../test/helpers/epmd.ts';
import { Child } from './links/child.ts';
import { type Cluster, type Peers, startBeams, startJsPeers } from './links/peers.ts';
import { type Figures, report } from './links/report.ts';
import type { HubTasks, PeerAddress } from './links/tasks.ts';
import { describeCommit, describeMachine } from './machine.ts';

const PEER_SOURCE = fileURLToPath(new URL('../../../bench/erlang/hidden_node_peer.erl', import.meta.url));

const { values } = parseArgs({
  options: {
    peers: { type: 'string', default: '200' },
    processes: { type: 'string', default: '4' },
    beams: { type: 'string' },
    seconds: { type: 'string', default: '5' },
    rest: { type: 'string', default: '30' },
    json: { type: 'string' },
  },
});
const most = Number(values.beams ?? values.peers);
const seconds = Number(values.seconds);
const OUTSTANDING = 1_000;
const cookie = 'many_links';

/** A fresh node, at the end of which its process is gone. */
async function withHub<T>(name: string, work: (hub: Child<HubTasks>, address: PeerAddress) => Promise<T>): Promise<T> {
  const hub = new Child<HubTasks>('hub', { ...process.env, ERL_EPMD_PORT: String(epmd.port) }, [name, cookie]);
  try {
    return await work(hub, (await hub.greeting) as PeerAddress);
  } finally {
    await hub.kill();
  }
}

/** 1, 10, 50, 100, 200: as far as there are peers. */
const steps = [1, 10, 50, 100, 200, most].filter((count, n, all) => count <= most && all.indexOf(count) === n);

function growth(peers: Peers): Promise<Figures['footprints']> {
  return withHub('small@127.0.0.1', async (hub) => {
    await hub.ask('connect', { peers: peers.addresses.slice(0, 1), viaEpmd: true });
    await hub.ask('disconnect', {});
    const footprints: Figures['footprints'] = [{ links: 0, ...(await hub.ask('footprint', {})) }];
    for (const links of steps) {
      await hub.ask('connect', { peers: peers.addresses.slice(0, links), viaEpmd: false });
      footprints.push({ links, ...(await hub.ask('footprint', {})) });
    }
    return footprints;
  });
}

function speed(peers: Peers): Promise<Figures['traffic']> {
  return withHub('busy@127.0.0.1', async (hub) => {
    const traffic: Figures['traffic'] = [];
    for (const links of steps) {
      const chosen = peers.addresses.slice(0, links);
      const names = chosen.map(({ name }) => name);
      await hub.ask('connect', { peers: chosen, viaEpmd: false });
      await hub.ask('requests', { peers: names, outstanding: OUTSTANDING, seconds: 1 });
      const requests = await hub.ask('requests', { peers: names, outstanding: OUTSTANDING, seconds });
      const share = Math.max(1, Math.round(OUTSTANDING / links));
      const alone = await hub.ask('requests', { peers: names.slice(0, 1), outstanding: share, seconds });
      const broadcast = await hub.ask('broadcast', { peers: names, seconds });
      traffic.push({ links, requests, alone, share, broadcast });
    }
    return traffic;
  });
}

function events(peers: Peers): Promise<Figures['events']> {
  return withHub('eventful@127.0.0.1', async (hub, address) => {
    const all = peers.addresses;
    const resting = { seconds: Number(values.rest) };
    const alone = await hub.ask('rest', resting);
    const viaEpmd = await hub.ask('connect', { peers: all, viaEpmd: true });
    await hub.ask('disconnect', {});
    const direct = await hub.ask('connect', { peers: all, viaEpmd: false });
    const rest = await hub.ask('rest', resting);
    await hub.ask('disconnect', {});
    const accepted = await since(hub, all.length, () => peers.connectTo(address));
    const lost = await since(hub, 0, () => peers.kill());
    return { viaEpmd, direct, accepted, lost, alone, rest };
  });
}

/** How long it takes from the beginning of something until there are so many links. */
async function since(hub: Child<HubTasks>, count: number, begin: () => Promise<unknown>) {
  const there = hub.ask('links', { count });
  const start = performance.timeOrigin + performance.now();
  const [{ at, blocked }] = await Promise.all([there, begin()]);
  return { elapsed: at - start, blocked };
}

const epmd = await Epmd.start();
const modules = values.beams === undefined ? undefined : await Modules.compile(PEER_SOURCE);
let peers: Peers | undefined;
try {
  const cluster: Cluster = { cookie, epmdPort: epmd.port };
  console.log(`starting ${most} peers`);
  peers = await (modules === undefined
    ? startJsPeers(cluster, most, Number(values.processes))
    : startBeams(cluster, most, modules.folder));
  const figures: Figures = {
    peers: `${most} ${peers.kind}`,
    footprints: await growth(peers),
    traffic: await speed(peers),
    events: await events(peers),
  };
  console.log(report(figures));
  if (values.json !== undefined) {
    const facts = { date: new Date().toISOString(), commit: describeCommit(), machine: describeMachine('25') };
    writeFileSync(values.json, `${JSON.stringify({ ...facts, ...figures }, undefined, 1)}\n`);
  }
} finally {
  await peers?.kill();
  await modules?.remove();
  await epmd.stop();
}
