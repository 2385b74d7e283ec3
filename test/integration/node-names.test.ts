/** Short and long names, and where their hosts are. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { atom } from '../../lib/index.ts';
import { Cluster, uniqueName } from '../helpers/cluster.ts';
import { failure, until } from '../helpers/until.ts';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await Cluster.start();
});
afterEach(() => cluster.stopNodes());
afterAll(() => cluster.stop());

test('a node with a short name meets an Erlang node with a short name, from either side', async () => {
  const beam = await cluster.beam({ name: uniqueName('short', 'localhost'), short: true });
  const outgoing = await cluster.node({ name: uniqueName('js', 'localhost') });
  await outgoing.connect(beam.name);
  expect(await outgoing.rpc(beam.name, 'erlang', 'node')).toBe(atom(beam.name));
  const incoming = await cluster.node({ name: uniqueName('js', 'localhost') });
  expect(await beam.erlang.evaluate(`net_adm:ping('${incoming.name}')`)).toBe('pong');
  expect(await beam.erlang.evaluate('length(nodes(hidden))')).toBe('2');
});

test('a host that no resolver knows is found by the map of hosts', async () => {
  const beam = await cluster.beam({ name: uniqueName('short', 'nohost'), short: true });
  const node = await cluster.node({ name: uniqueName('js', 'nohost'), hosts: { nohost: '127.0.0.1' } });
  expect(await node.rpc(beam.name, 'erlang', 'node')).toBe(atom(beam.name));
});

test('the map of hosts serves long names too, and sends on demand', async () => {
  const host = 'app.example.invalid';
  const beam = await cluster.beam({ name: uniqueName('long', host) });
  const node = await cluster.node({ name: uniqueName('js', host), hosts: { [host]: '127.0.0.1' } });
  expect(node.rpcCast(beam.name, 'persistent_term', 'put', [atom('cast'), 1])).toBe(true);
  await beam.erlang.evaluateUntil('persistent_term:get(cast, 0)', '1');
});

test('connect takes a host and a port, so that neither DNS nor EPMD is asked', async () => {
  const beam = await cluster.beam({ name: uniqueName('long', 'nowhere.example.invalid') });
  const alive = beam.name.split('@')[0];
  const port = Number(await beam.erlang.evaluate(`element(2, erl_epmd:port_please("${alive}", {127, 0, 0, 1}))`));
  const node = await cluster.node({ listen: false, epmd: { port: 1 } });
  await node.connect(beam.name, { host: '127.0.0.1', port });
  expect(node.nodes()).toEqual([beam.name]);
});

test.each([
  { own: 'js@127.0.0.1', peer: 'beam@localhost' },
  { own: 'js@localhost', peer: 'beam@127.0.0.1' },
])('$own does not connect to $peer: one name is short and the other is long', async ({ own, peer }) => {
  const node = await cluster.node({ name: own, listen: false });
  const mismatch = { code: 'name_domain_mismatch', facts: { name: own, peer } };
  expect(await failure(node.connect(peer))).toMatchObject(mismatch);
  expect(await failure(node.ping(peer))).toMatchObject(mismatch);
  expect(await failure(() => node.rpcCast(peer, 'erlang', 'node'))).toMatchObject(mismatch);
});

test('the host localhost is an address of this machine for a short name', async () => {
  const a = await cluster.node({ name: uniqueName('js', 'localhost'), listen: { host: 'localhost' } });
  const b = await cluster.node({ name: uniqueName('js', 'localhost'), listen: false });
  await b.connect(a.name);
  await until('the link', () => a.nodes().includes(b.name));
});
