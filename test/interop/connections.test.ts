/** Connecting to and from each release of Erlang/OTP. */
import { expect, test } from 'vitest';
import { HiddenNode } from '../../lib/index.ts';
import { uniqueName, useCluster } from '../helpers/cluster.ts';
import { describeReleases } from '../helpers/releases.ts';
import { failure, until } from '../helpers/until.ts';

describeReleases('connections', ({ otp, options }) => {
  const { cluster, beam } = useCluster(undefined, options);

  test('it is this release', async () => {
    expect(await beam.erlang.evaluate('erlang:system_info(otp_release)')).toBe(`"${otp}"`);
  });

  test('the node connects, and is hidden there', async () => {
    const node = await cluster.node();
    await node.connect(beam.name);
    expect(node.nodes()).toEqual([beam.name]);
    expect(await beam.erlang.evaluate('{nodes(hidden), nodes()}')).toBe(`{['${node.name}'],[]}`);
    await node.disconnect(beam.name);
    await beam.erlang.evaluateUntil('nodes(hidden)', '[]');
  });

  test('Erlang connects, and ends the link', async () => {
    const node = await cluster.node();
    expect(await beam.erlang.evaluate(`net_kernel:connect_node('${node.name}')`)).toBe('true');
    await until('the link here', () => node.nodes().includes(beam.name));
    expect(await beam.erlang.evaluate(`erlang:disconnect_node('${node.name}')`)).toBe('true');
    await until('the link to be gone', () => node.nodes().length === 0);
  });

  test('both ping each other', async () => {
    const node = await cluster.node();
    expect(await beam.erlang.evaluate(`net_adm:ping('${node.name}')`)).toBe('pong');
    await node.disconnect(beam.name);
    expect(await node.ping(beam.name)).toBe(true);
    await node.stop();
    expect(await beam.erlang.evaluate(`net_adm:ping('${node.name}')`)).toBe('pang');
  });

  test('a wrong cookie is refused on both sides', async () => {
    await using node = await HiddenNode.start(cluster.options({ cookie: 'another' }));
    expect(await failure(node.connect(beam.name))).toMatchObject({ code: 'cookie_mismatch' });
    expect(await beam.erlang.evaluate(`net_kernel:connect_node('${node.name}')`)).toBe('false');
    expect(node.nodes()).toEqual([]);
  });

  test('short names', async () => {
    const peer = await cluster.beam({ ...options, name: uniqueName('short', 'localhost'), short: true });
    const node = await cluster.node({ name: uniqueName('js', 'localhost') });
    await node.connect(peer.name);
    expect(await peer.erlang.evaluate(`net_adm:ping('${node.name}')`)).toBe('pong');
  });
});
