/** Ticks: they keep a quiet link, and their absence ends it. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { atom, registered } from '../../lib/index.ts';
import { Cluster, type NamedErlang, uniqueName } from '../helpers/cluster.ts';
import { HandmadePeer } from '../helpers/handmade-peer.ts';
import { until } from '../helpers/until.ts';

let cluster: Cluster;
/** A node that takes a peer for dead after 2.5 seconds at the most. */
let beam: NamedErlang;

beforeAll(async () => {
  cluster = await Cluster.start();
  beam = await cluster.beam({ arguments: ['-kernel', 'net_ticktime', '2'] });
});
afterEach(() => cluster.stopNodes());
afterAll(() => cluster.stop());

test('a quiet link to an Erlang node is kept by ticks in both directions', async () => {
  const node = await cluster.node({ netTickTime: 2_000 });
  const downs: unknown[] = [];
  node.on('nodedown', (_name, reason) => downs.push(reason));
  await node.connect(beam.name);
  const since = performance.now();
  // Four ticks are the whole of a net tick time: longer than either side would keep a link without them.
  await until('ticks both ways', () => {
    const { ticksIn = 0, ticksOut = 0 } = node.stats()[beam.name] ?? {};
    return downs.length > 0 || (ticksIn >= 6 && ticksOut >= 6);
  });
  expect(performance.now() - since).toBeGreaterThan(2_000);
  expect(downs).toEqual([]);
  expect(await beam.erlang.evaluate(`lists:member('${node.name}', nodes(hidden))`)).toBe('true');
});

test('a peer that is silent for the net tick time is down, and the others are not', async () => {
  const node = await cluster.node({ netTickTime: 600 });
  const downs: { name: string; code: string; facts: unknown }[] = [];
  node.on('nodedown', (name, { code, facts }) => downs.push({ name, code, facts }));
  const name = uniqueName('silent');
  const peer = await HandmadePeer.connect(node.port!, { name, cookie: cluster.cookie });
  await peer.shakeHands();
  await until('the link', () => node.nodes().includes(name));
  const other = await cluster.node({ netTickTime: 600 });
  await other.connect(node.name);
  const start = performance.now();
  expect(await peer.readFrame()).toHaveLength(0);
  await until('the silence to be noticed', () => downs.length > 0);
  expect(performance.now() - start).toBeGreaterThan(400);
  expect(downs).toEqual([{ name, code: 'net_tick_timeout', facts: { peer: name, netTickTime: 600 } }]);
  await peer.untilEnded();
  expect(node.nodes()).toEqual([other.name]);
});

test('a peer that only ticks is not down', async () => {
  const node = await cluster.node({ netTickTime: 400 });
  const downs: unknown[] = [];
  node.on('nodedown', (_name, reason) => downs.push(reason));
  const name = uniqueName('ticking');
  const peer = await HandmadePeer.connect(node.port!, { name, cookie: cluster.cookie });
  await peer.shakeHands();
  // Every tick of ours is answered by one, for three times the net tick time.
  for (let n = 0; n < 12; n++) {
    expect(await peer.readFrame()).toHaveLength(0);
    peer.write(Buffer.alloc(4));
  }
  expect(downs).toEqual([]);
  expect(node.stats()[name]!.ticksIn).toBeGreaterThanOrEqual(11);
  peer.destroy();
});

test('a busy link carries no ticks', async () => {
  const node = await cluster.node({ netTickTime: 2_000 });
  await node.connect(beam.name);
  // For more than two quarters of it, after each of which a quiet link would carry one.
  const start = performance.now();
  while (performance.now() - start < 1_100) {
    node.send(registered('nobody', beam.name), atom('noise'));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(node.stats()[beam.name]!.ticksOut).toBe(0);
});

test('an Erlang node that is stopped in its tracks is down, and says the same of us when it goes on', async () => {
  const frozen = await cluster.beam({ arguments: ['-kernel', 'net_ticktime', '60'] });
  const node = await cluster.node({ netTickTime: 500 });
  const downs: string[] = [];
  node.on('nodedown', (name, { code }) => downs.push(`${name} ${code}`));
  await node.connect(frozen.name);
  frozen.erlang.signal('SIGSTOP');
  await until('the silence to be noticed', () => downs.length > 0);
  expect(downs).toEqual([`${frozen.name} net_tick_timeout`]);
  frozen.erlang.signal('SIGCONT');
  await frozen.erlang.evaluateUntil('nodes(hidden)', '[]');
  expect(await node.ping(frozen.name)).toBe(true);
});
