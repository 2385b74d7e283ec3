/** Global names of processes here, in a cluster of two nodes of each release of Erlang/OTP. */
import { afterEach, beforeAll, expect, test } from 'vitest';
import { atom, type HiddenNode, Pid, tuple } from '../../lib/index.ts';
import { type NamedErlang, uniqueName, useCluster } from '../helpers/cluster.ts';
import { describeReleases } from '../helpers/releases.ts';
import { failure, until } from '../helpers/until.ts';

describeReleases('global names', ({ options }) => {
  const { cluster, beam: one } = useCluster(undefined, options);
  let two: NamedErlang;

  beforeAll(async () => {
    two = await cluster.beam(options);
    await meet();
  });
  afterEach(async () => {
    await cluster.stopNodes();
    await one.erlang.evaluateUntil('global:registered_names()', '[]');
  });

  async function meet(): Promise<void> {
    await one.erlang.evaluateUntil(`net_kernel:connect_node('${two.name}')`, 'true');
    for (const { erlang } of [one, two]) {
      await erlang.evaluateUntil('length(nodes())', '1');
      await erlang.evaluate('global:sync()');
    }
  }

  async function connected(): Promise<HiddenNode> {
    const node = await cluster.node();
    await node.connect(one.name);
    return node;
  }

  test('are registered, found, called, taken over and given up', async () => {
    const node = await connected();
    const server = node.serve(undefined, { call: (request) => tuple(atom('served'), request) });
    const first = await node.global.register(atom('n'), server);
    for (const { erlang } of [one, two]) {
      expect(await erlang.evaluate('node(global:whereis_name(n))')).toBe(`'${node.name}'`);
      expect(await erlang.evaluate('gen_server:call({global, n}, 1)')).toBe('{served,1}');
      expect(await erlang.evaluate('global:register_name(n, self())')).toBe('no');
    }
    const inbox = node.mailbox();
    expect(await failure(node.global.register(atom('n'), inbox))).toMatchObject({ code: 'global_name_taken' });
    await node.global.reRegister(atom('n'), inbox);
    expect(await first.ended).toMatchObject({ code: 'global_name_conflict' });
    await two.erlang.evaluate('global:send(n, hello)');
    expect(await inbox.receive({ timeout: 5_000 })).toBe(atom('hello'));
    await node.global.unregister(atom('n'));
    expect(await node.global.whereis(atom('n'))).toBeUndefined();
    expect(await two.erlang.evaluate('global:whereis_name(n)')).toBe('undefined');
  });

  test('of Erlang processes are found and sent to', async () => {
    await two.erlang.evaluate('yes = global:register_name(n, self())');
    const node = await connected();
    expect(await node.global.names()).toEqual([atom('n')]);
    expect(await node.global.send(atom('n'), 'hello')).toBeInstanceOf(Pid);
    expect(await two.erlang.evaluate('receive <<"hello">> -> got after 10000 -> nothing end')).toBe('got');
    await two.erlang.evaluate('global:unregister_name(n)');
  });

  test('are there again after a connection was lost, and gone with their process', async () => {
    const node = await connected();
    const inbox = node.mailbox();
    const registration = await node.global.register(atom('n'), inbox);
    await until('the other node to connect', () => node.nodes().length === 2);
    await node.disconnect(two.name);
    await two.erlang.evaluateUntil('global:whereis_name(n)', 'undefined');
    await node.connect(two.name);
    await two.erlang.evaluateUntil('is_pid(global:whereis_name(n))', 'true');
    expect(registration.active).toBe(true);
    inbox.close();
    for (const { erlang } of [one, two]) await erlang.evaluateUntil('global:whereis_name(n)', 'undefined');
  });

  test('outlive the node that registered them', async () => {
    const registrar = await cluster.beam(options);
    await registrar.erlang.evaluate(`net_kernel:connect_node('${one.name}')`);
    await registrar.erlang.evaluateUntil('length(nodes())', '2');
    await registrar.erlang.evaluate('global:sync()');
    const node = await cluster.node();
    await node.connect(registrar.name);
    const inbox = node.mailbox();
    const registration = await node.global.register(atom('n'), inbox);
    registrar.erlang.signal('SIGKILL');
    await until('the loss', () => !node.nodes().includes(registrar.name));
    for (const { erlang } of [one, two]) {
      await erlang.evaluateUntil('length(nodes())', '1');
      await erlang.evaluateUntil('is_pid(global:whereis_name(n))', 'true');
      await erlang.evaluate('global:send(n, still)');
      expect(await inbox.receive({ timeout: 5_000 })).toBe(atom('still'));
    }
    expect(registration.active).toBe(true);
  });

  test.each([
    ['here', 'left', 'right'],
    ['there', 'right', 'left'],
  ])('that two processes have are decided on %s', async (_, ours, theirs) => {
    const beams = {
      left: await cluster.beam({ ...options, name: uniqueName('left') }),
      right: await cluster.beam({ ...options, name: uniqueName('right') }),
    };
    const [side, rival] = [beams[ours as 'left'], beams[theirs as 'left']];
    const node = await cluster.node({ name: uniqueName('zz') });
    await node.connect(side.name);
    const inbox = node.mailbox();
    const registration = await node.global.register(atom('m'), inbox, { resolve: 'random_notify_name' });
    await rival.erlang.evaluate('yes = global:register_name(m, self(), fun global:random_notify_name/3)');
    await rival.erlang.evaluate(`net_kernel:connect_node('${side.name}')`);
    expect(await inbox.receive({ timeout: 10_000 })).toEqual(tuple(atom('global_name_conflict'), atom('m')));
    if (ours === 'left') expect(registration.active).toBe(false);
    expect(await registration.ended).toMatchObject({ code: 'global_name_conflict' });
    await side.erlang.evaluateUntil('node(global:whereis_name(m))', `'${rival.name}'`);
    await Promise.all([side, rival].map(({ erlang }) => erlang.stop()));
  });
});
