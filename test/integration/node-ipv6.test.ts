/** Real Erlang nodes that speak IPv6 only, in both directions. */
import { networkInterfaces } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { atom, registered } from '../../lib/index.ts';
import { Cluster, type NamedErlang, uniqueName } from '../helpers/cluster.ts';

const HAS_IPV6 = Object.values(networkInterfaces()).some((addresses) => addresses?.some((at) => at.address === '::1'));

describe.skipIf(!HAS_IPV6)('over IPv6', () => {
  let cluster: Cluster;
  let beam: NamedErlang;

  beforeAll(async () => {
    cluster = await Cluster.start();
    beam = await cluster.beam({ name: uniqueName('six', '::1'), arguments: ['-proto_dist', 'inet6_tcp'] });
  });
  afterEach(() => cluster.stopNodes());
  afterAll(() => cluster.stop());

  function node(prefix: string) {
    return cluster.node({ name: uniqueName(prefix, '::1'), listen: { host: '::1' }, epmd: { host: '::1' } });
  }

  test('this node connects to an Erlang node', async () => {
    const js = await node('js');
    expect(await js.rpc(beam.name, 'erlang', 'nodes', [atom('hidden')])).toEqual([atom(js.name)]);
    expect(js.stats()[beam.name]!.remote).toMatch(/^\[::1\]:\d+$/);
  });

  test('an Erlang node connects to this node', async () => {
    const js = await node('js');
    const inbox = js.mailbox('inbox');
    expect(await beam.erlang.evaluate(`net_adm:ping('${js.name}')`)).toBe('pong');
    await beam.erlang.evaluate(`{inbox, '${js.name}'} ! hello`);
    expect(await inbox.receive({ timeout: 5_000 })).toBe(atom('hello'));
  });

  test('two nodes of this library', async () => {
    const [a, b] = [await node('a'), await node('b')];
    const inbox = b.mailbox('inbox');
    a.send(registered('inbox', b.name), 1);
    expect(await inbox.receive({ timeout: 5_000 })).toBe(1);
  });
});
