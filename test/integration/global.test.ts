import { describe, expect, test } from 'vitest';
import { atom, type EncodableTerm, ExportTerm, Pid, tuple } from '../../lib/index.ts';
import { uniqueName } from '../helpers/cluster.ts';
import { known, unknown, useGlobal } from '../helpers/global.ts';
import { failure } from '../helpers/until.ts';

const { cluster, one, two, connected } = useGlobal();

describe('a name of a process of this node', () => {
  test('is found, and sent to, from every Erlang node', async () => {
    const node = await connected(one);
    const inbox = node.mailbox();
    const registration = await node.global.register(atom('orders'), inbox);
    expect(registration).toMatchObject({ name: atom('orders'), pid: inbox.pid, active: true });
    for (const { name, erlang } of [one, two]) {
      expect(await erlang.evaluate('node(global:whereis_name(orders))')).toBe(`'${node.name}'`);
      await erlang.evaluate('global:send(orders, {order, node()})');
      expect(await inbox.receive({ timeout: 5_000 })).toEqual(tuple(atom('order'), atom(name)));
    }
    expect(await node.global.whereis(atom('orders'))).toEqual(inbox.pid);
    expect(await node.global.names()).toEqual([atom('orders')]);
  });

  test('can be any term', async () => {
    const node = await connected(one);
    const names: [EncodableTerm, string][] = [
      ['text', '<<"text">>'],
      [tuple(atom('user'), 17), '{user, 17}'],
      [{ id: [1, 2] }, '#{id => [1, 2]}'],
    ];
    for (const [name, source] of names) {
      const inbox = node.mailbox();
      await node.global.register(name, inbox);
      await two.erlang.evaluate(`global:send(${source}, hello)`);
      expect(await inbox.receive({ timeout: 5_000 })).toBe(atom('hello'));
      expect(await node.global.whereis(name)).toEqual(inbox.pid);
    }
    expect(await node.global.names()).toHaveLength(3);
  });

  test('is called as {global, Name}', async () => {
    const node = await connected(one);
    const server = node.serve(undefined, { call: (request) => tuple(atom('served'), request) });
    await node.global.register(atom('calc'), server);
    for (const { erlang } of [one, two]) {
      expect(await erlang.evaluate('gen_server:call({global, calc}, 1)')).toBe('{served,1}');
    }
  });

  test('goes from one that ends to the next without a pause', async () => {
    const node = await connected(one, two);
    let inbox = node.mailbox();
    await node.global.register(atom('relay'), inbox);
    for (let i = 0; i < 200; i++) {
      inbox.close();
      inbox = node.mailbox();
      await node.global.register(atom('relay'), inbox);
    }
    expect(await node.global.whereis(atom('relay'))).toEqual(inbox.pid);
    await known('relay', node, one, two);
  });

  test('is free again when its mailbox ends, and when its node stops', async () => {
    const node = await connected(one, two);
    const inbox = node.mailbox();
    const registration = await node.global.register(atom('short'), inbox);
    inbox.close(atom('done'));
    expect(await registration.ended).toMatchObject({ code: 'process_down', facts: { reason: atom('done') } });
    expect(registration.active).toBe(false);
    await unknown('short', one, two);
    const again = await node.global.register(atom('short'), node.mailbox());
    await known('short', node, one, two);
    await node.stop();
    expect(await again.ended).toMatchObject({ code: 'node_stopped' });
    await unknown('short', one, two);
  });

  test('may be taken already, and is not taken away by that', async () => {
    const node = await connected(one);
    const other = await connected(two);
    await one.erlang.evaluate('yes = global:register_name(theirs, whereis(user))');
    const theirs = await node.rpc(one.name, 'erlang', 'whereis', [atom('user')]);
    expect(await failure(node.global.register(atom('theirs'), node.mailbox()))).toMatchObject({
      code: 'global_name_taken',
      facts: { name: atom('theirs'), holder: theirs },
    });
    const inbox = node.mailbox();
    await node.global.register(atom('ours'), inbox);
    for (const [by, facts] of [
      [node, { holder: inbox.pid }],
      [other, { holder: inbox.pid }],
    ] as const) {
      const error = await failure(by.global.register(atom('ours'), by.mailbox()));
      expect(error).toMatchObject({ code: 'global_name_taken', facts });
    }
    expect(await one.erlang.evaluate('global:register_name(ours, self())')).toBe('no');
    await one.erlang.evaluate('global:unregister_name(theirs)');
  });

  test('is one per process', async () => {
    const node = await connected(one);
    const inbox = node.mailbox();
    await node.global.register('first', inbox);
    for (const verb of ['register', 'reRegister'] as const) {
      expect(await failure(node.global[verb]('second', inbox))).toMatchObject({ code: 'invalid_argument' });
    }
    expect(await failure(node.global.register('first', inbox))).toMatchObject({ code: 'global_name_taken' });
    expect(await node.global.reRegister('first', inbox)).toMatchObject({ active: true });
    await node.global.unregister('first');
    await node.global.register('second', inbox);
  });

  test('is given to another process, and taken from any', async () => {
    const node = await connected(one);
    const [a, b] = [node.mailbox(), node.mailbox()];
    const first = await node.global.register(atom('moves'), a);
    const second = await node.global.reRegister(atom('moves'), b);
    expect(await first.ended).toMatchObject({ code: 'global_name_conflict', facts: { holder: b.pid } });
    expect(second.active).toBe(true);
    await two.erlang.evaluate('global:send(moves, 1)');
    expect(await b.receive({ timeout: 5_000 })).toBe(1);
    await two.erlang.evaluate('yes = global:re_register_name(moves, self())');
    expect(await second.ended).toMatchObject({ code: 'global_name_conflict' });
    const third = await node.global.reRegister(atom('moves'), a);
    await known('moves', node, one, two);
    await third.unregister();
    await third.unregister();
    expect(await third.ended).toMatchObject({ code: 'global_name_unregistered' });
    await unknown('moves', one, two);
  });

  test('that an Erlang node unregisters is not registered again', async () => {
    const node = await connected(one, two);
    const registration = await node.global.register(atom('unwanted'), node.mailbox());
    await two.erlang.evaluate('global:unregister_name(unwanted)');
    expect(await registration.ended).toMatchObject({ code: 'global_name_unregistered' });
    await unknown('unwanted', one, two);
  });

  test('is known where this node can be reached, or is connected to', async () => {
    const node = await cluster.node({ listen: false });
    await node.connect(one.name);
    const registration = await node.global.register(atom('away'), node.mailbox());
    await known('away', node, one);
    await unknown('away', two);
    await node.connect(two.name);
    await known('away', node, one, two);
    expect(registration.active).toBe(true);
  });

  test('belongs to a living process of this node', async () => {
    const node = await connected(one);
    const ended = node.mailbox();
    ended.close();
    expect(await failure(node.global.register('x', ended))).toMatchObject({ code: 'process_down' });
    const theirs = await node.rpc(one.name, 'erlang', 'whereis', [atom('user')]);
    for (const wrong of [theirs, undefined, null, 'inbox', {}]) {
      expect(await failure(node.global.register('x', wrong as Pid))).toMatchObject({ code: 'invalid_argument' });
    }
    for (const options of [{ resolve: 'other' }, { resolve: new ExportTerm(atom('a'), atom('b'), 2) }, { via: [] }]) {
      const error = await failure(node.global.register('x', node.mailbox(), options as object));
      expect(error).toMatchObject({ code: 'invalid_argument' });
    }
    expect(await failure(node.global.register(Symbol('x') as unknown as string, node.mailbox()))).toMatchObject({
      code: 'not_a_term',
    });
  });
});

describe('names of Erlang processes', () => {
  test('are found and sent to', async () => {
    await two.erlang.evaluate('yes = global:register_name({their, name}, self())');
    const node = await connected(one);
    const name = tuple(atom('their'), atom('name'));
    const found = await node.global.whereis(name);
    expect(found).toBeInstanceOf(Pid);
    expect(found!.node.name).toBe(two.name);
    expect(await node.global.names()).toEqual([name]);
    expect(await node.global.send(name, 'hello')).toEqual(found);
    expect(await two.erlang.evaluate('receive <<"hello">> -> got after 10000 -> nothing end')).toBe('got');
    await node.global.unregister(name);
    expect(await node.global.whereis(name)).toBeUndefined();
    expect(await failure(node.global.send(name, 'hello'))).toMatchObject({
      code: 'global_name_unknown',
      facts: { name },
    });
    await node.global.unregister(name);
  });

  test('without an Erlang node there are none', async () => {
    const node = await cluster.node();
    const other = await cluster.node();
    await node.connect(other.name);
    for (const question of [
      () => node.global.register('x', node.mailbox()),
      () => node.global.reRegister('x', node.mailbox()),
      () => node.global.unregister('x'),
      () => node.global.whereis('x'),
      () => node.global.send('x', 1),
      () => node.global.names(),
    ]) {
      expect(await failure(question())).toMatchObject({ code: 'global_unavailable', facts: { nodes: [] } });
    }
    expect(await failure(node.global.whereis('x', { via: other.name }))).toMatchObject({
      code: 'global_unavailable',
      facts: { nodes: [other.name] },
    });
    expect(await failure(node.global.whereis('x', { via: 'nowhere' }))).toMatchObject({ code: 'invalid_node_name' });
    await node.stop();
    expect(await failure(node.global.whereis('x', { via: one.name }))).toMatchObject({ code: 'node_stopped' });
  });

  test('a hidden Erlang node has no part in them, and is not asked', async () => {
    const hidden = await cluster.beam({ arguments: ['-hidden'] });
    const node = await connected(hidden);
    expect(await failure(node.global.names())).toMatchObject({ code: 'global_unavailable' });
    await hidden.erlang.stop();
  });

  test('via names whom to ask, and connects to it', async () => {
    const node = await cluster.node();
    expect(await node.global.names({ via: one.name })).toEqual([]);
    expect(node.nodes()).toEqual([one.name]);
    const inbox = node.mailbox();
    await node.global.register('x', inbox, { via: [uniqueName('nobody'), two.name] });
    expect(await node.global.whereis('x', { via: two.name })).toEqual(inbox.pid);
  });

  test('a node that hangs leaves time for another, and is not waited for twice', async () => {
    const hanging = await cluster.beam();
    const node = await cluster.node();
    await node.connect(hanging.name);
    await node.connect(one.name);
    hanging.erlang.signal('SIGSTOP');
    const start = performance.now();
    expect(await node.global.whereis('x', { timeout: 1_000 })).toBeUndefined();
    const first = performance.now() - start;
    expect(first).toBeGreaterThan(450);
    expect(first).toBeLessThan(950);
    const { messagesOut } = node.stats()[hanging.name]!;
    expect(await node.global.whereis('x')).toBeUndefined();
    expect(node.stats()[hanging.name]!.messagesOut).toBe(messagesOut);
    const only = { via: hanging.name, timeout: 100 };
    expect(await failure(node.global.whereis('x', only))).toMatchObject({ code: 'timeout' });
    const signal = AbortSignal.timeout(50);
    expect(await failure(node.global.whereis('x', { via: hanging.name, signal }))).toMatchObject({ code: 'aborted' });
    await hanging.erlang.stop();
  });
});
