/** Global names, registered and found through real Erlang nodes that form a cluster of their own. */
import diagnostics_channel from 'node:diagnostics_channel';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  atom,
  type ConnectEvent,
  type EncodableTerm,
  ExportTerm,
  type GlobalRegistration,
  type HiddenNode,
  Pid,
  registered,
  type Term,
  tuple,
} from '../../lib/index.ts';
import { Cluster, type NamedErlang, uniqueName } from '../helpers/cluster.ts';
import { failure, until } from '../helpers/until.ts';

const cluster = new Cluster();
let one: NamedErlang;
let two: NamedErlang;

/** Connects Erlang nodes to each other, and waits until all know the same names. */
async function mesh(...beams: NamedErlang[]): Promise<void> {
  for (const { name } of beams.slice(1)) await beams[0]!.erlang.evaluate(`net_kernel:connect_node('${name}')`);
  for (const { name, erlang } of beams) {
    const others = beams.filter((each) => each.name !== name).map((each) => `'${each.name}'`);
    await erlang.evaluateUntil(`[${others}] -- nodes()`, '[]');
    await erlang.evaluate('global:sync()');
  }
}

beforeAll(async () => {
  await cluster.begin();
  [one, two] = await Promise.all([cluster.beam(), cluster.beam()]);
  await mesh(one, two);
});
afterEach(async () => {
  await cluster.stopNodes();
  await Promise.all([one, two].map(({ erlang }) => erlang.evaluateUntil('global:registered_names()', '[]')));
});
afterAll(() => cluster.stop());

async function connected(...to: NamedErlang[]): Promise<HiddenNode> {
  const node = await cluster.node();
  for (const { name } of to) await node.connect(name);
  return node;
}

/** Waits until Erlang nodes know the process of a node by a name. */
async function known(name: string, node: HiddenNode, ...by: NamedErlang[]): Promise<void> {
  const holder = `case global:whereis_name(${name}) of undefined -> undefined; P -> node(P) end`;
  for (const { erlang } of by) await erlang.evaluateUntil(`(fun() -> ${holder} end)()`, `'${node.name}'`);
}

async function unknown(name: string, ...by: NamedErlang[]): Promise<void> {
  for (const { erlang } of by) await erlang.evaluateUntil(`global:whereis_name(${name})`, 'undefined');
}

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

describe('a name survives', () => {
  test('the node that registered it, killed', async () => {
    const registrar = await cluster.beam();
    await mesh(one, two, registrar);
    const node = await connected(registrar);
    const inbox = node.mailbox();
    const registration = await node.global.register(atom('stays'), inbox);
    await known('stays', node, one, two);
    registrar.erlang.signal('SIGKILL');
    await until('the loss', () => !node.nodes().includes(registrar.name));
    await one.erlang.evaluateUntil(`lists:member('${registrar.name}', nodes())`, 'false');
    await known('stays', node, one, two);
    await two.erlang.evaluate('global:send(stays, still_here)');
    expect(await inbox.receive({ timeout: 5_000 })).toBe(atom('still_here'));
    expect([registration.active, inbox.closed]).toEqual([true, false]);
    const again = await cluster.beam({ name: registrar.name });
    await mesh(one, two, again);
    await known('stays', node, again);
    await again.erlang.stop();
  });

  test('every node, killed and started again', async () => {
    const first = await cluster.beam();
    const node = await connected(first);
    const inbox = node.mailbox();
    const registration = await node.global.register(atom('lonely'), inbox);
    first.erlang.signal('SIGKILL');
    await until('the loss', () => node.nodes().length === 0);
    expect(await failure(node.global.whereis(atom('lonely')))).toMatchObject({ code: 'global_unavailable' });
    const again = await cluster.beam({ name: first.name });
    await node.connect(again.name);
    await known('lonely', node, again);
    expect(registration.active).toBe(true);
    // Nobody keeps it any more once it is given up, even while no node is there.
    again.erlang.signal('SIGKILL');
    await until('the loss', () => node.nodes().length === 0);
    await registration.unregister();
    const third = await cluster.beam({ name: first.name });
    await node.connect(third.name);
    await node.global.register(atom('other'), node.mailbox());
    await known('other', node, third);
    await unknown('lonely', third);
    await third.erlang.stop();
  });

  test('the loss of the connection to one of the nodes', async () => {
    const node = await connected(one, two);
    const registration = await node.global.register(atom('torn'), node.mailbox());
    await node.disconnect(two.name);
    await unknown('torn', two);
    await known('torn', node, one);
    await node.connect(two.name);
    await known('torn', node, one, two);
    expect(registration.active).toBe(true);
  });

  test('a node that is disconnected while it is given the name, and is not connected to for that', async () => {
    const apart = await cluster.beam();
    const node = await connected(one, apart);
    apart.erlang.signal('SIGSTOP');
    const registration = await node.global.register(atom('calm'), node.mailbox());
    const asked = () => node.stats()[apart.name]!.messagesOut > 0;
    await until('the stopped node to be asked', asked);
    const attempts: unknown[] = [];
    const attempt = (message: unknown) => attempts.push((message as ConnectEvent).peer);
    diagnostics_channel.subscribe('hidden-node:connect', attempt);
    await node.disconnect(apart.name);
    await node.ping(one.name);
    diagnostics_channel.unsubscribe('hidden-node:connect', attempt);
    expect(attempts).toEqual([]);
    apart.erlang.signal('SIGCONT');
    await node.connect(apart.name);
    await known('calm', node, one, apart);
    expect(registration.active).toBe(true);
    await apart.erlang.stop();
  });

  test('not a node that has the name for another process when it comes back', async () => {
    const node = await connected(one, two);
    const inbox = node.mailbox();
    const registration = await node.global.register(atom('wanted'), inbox);
    await node.disconnect(one.name);
    await node.disconnect(two.name);
    await unknown('wanted', one, two);
    await two.erlang.evaluate('yes = global:register_name(wanted, self())');
    await node.connect(one.name);
    const reason = await registration.ended;
    expect(reason).toMatchObject({ code: 'global_name_conflict', facts: { name: atom('wanted') } });
    expect((reason.facts.holder as Pid).node.name).toBe(two.name);
    expect(inbox.closed).toBe(false);
    await two.erlang.evaluate('global:unregister_name(wanted)');
  });

  test('as long as the parts of a cluster do not meet, a part in which another process has it', async () => {
    const apart = await cluster.beam();
    await apart.erlang.evaluate('yes = global:register_name(both, self())');
    const node = await connected(one);
    const registration = await node.global.register(atom('both'), node.mailbox(), { resolve: 'random_notify_name' });
    await node.connect(apart.name);
    await until('the second look at it', () => node.stats()[apart.name]!.messagesOut > 12);
    expect(registration.active).toBe(true);
    await known('both', node, one, two);
    expect(await apart.erlang.evaluate('global:whereis_name(both) =:= self()')).toBe('true');
    await apart.erlang.evaluate('global:unregister_name(both)');
    await known('both', node, one, two, apart);
    await apart.erlang.stop();
  });

  test('this node, started again under its name', async () => {
    const name = uniqueName('again');
    for (let round = 0; round < 3; round++) {
      const node = await cluster.node({ name });
      await node.connect(one.name);
      const inbox = node.mailbox();
      await node.global.register(atom('reborn'), inbox);
      await two.erlang.evaluate(`global:send(reborn, ${round})`);
      expect(await inbox.receive({ timeout: 5_000 })).toBe(round);
      await node.stop();
    }
  });
});

describe('two processes with one name', () => {
  let left: NamedErlang;
  let right: NamedErlang;

  /** Two Erlang nodes that are not connected, the one with the smaller name first. */
  beforeAll(async () => {
    left = await cluster.beam({ name: uniqueName('left') });
    right = await cluster.beam({ name: uniqueName('right') });
  });
  afterEach(async () => {
    await left.erlang.evaluate(`erlang:disconnect_node('${right.name}')`);
    await right.erlang.evaluateUntil('nodes()', '[]');
    for (const { erlang } of [left, right]) {
      await erlang.evaluate('[global:unregister_name(N) || N <- global:registered_names()]');
    }
  });
  afterAll(() => Promise.all([left, right].map(({ erlang }) => erlang.stop())));

  interface Parts {
    node: HiddenNode;
    registration: GlobalRegistration;
    ours: Pid;
    messages: Term[];
    ended: Promise<unknown>;
    rival: NamedErlang;
  }

  /** This node has the name on one side, and an Erlang process on the other; then both sides meet. */
  async function meet(prefix: string, side: NamedErlang, resolve: string): Promise<Parts> {
    const rival = side === left ? right : left;
    const node = await cluster.node({ name: uniqueName(prefix) });
    await node.connect(side.name);
    const inbox = node.mailbox();
    const messages: Term[] = [];
    inbox.onMessage((message) => messages.push(message));
    const registration = await node.global.register(atom('one'), inbox, { resolve: resolve as 'random_exit_name' });
    await rival.erlang.evaluate(
      `register(rival, spawn(fun F() -> receive {told, P} -> P ! process_info(self(), messages), F() end end)),
       yes = global:register_name(one, whereis(rival), fun global:${resolve}/3)`,
    );
    await mesh(left, right);
    return { node, registration, ours: inbox.pid, messages, ended: inbox.ended, rival };
  }

  const sides = [
    ['left', () => left],
    ['right', () => right],
  ] as const;

  test('a decision that is made here is told here first', async () => {
    // The Erlang node with the smaller name asks the node of the process that has the name on its side.
    const { registration, messages } = await meet('zz', left, 'random_notify_name');
    await until('the message', () => messages.length === 1);
    expect(registration.active).toBe(false);
    await right.erlang.evaluate('exit(whereis(rival), kill)');
  });

  describe.each(sides)('this node is on the %s', (_, side) => {
    test('one whose node has the larger name is killed', async () => {
      const { registration, ended, rival } = await meet('zz', side(), 'random_exit_name');
      expect(await registration.ended).toSatisfy(
        ({ code }) => code === 'global_name_conflict' || code === 'process_down',
      );
      expect(await ended).toMatchObject({ code: 'exited', facts: { reason: atom('killed') } });
      for (const { erlang } of [left, right]) {
        await erlang.evaluateUntil('node(global:whereis_name(one))', `'${rival.name}'`);
      }
      await rival.erlang.evaluate('exit(whereis(rival), kill)');
    });

    test('and the other keeps the name', async () => {
      const { node, registration, rival } = await meet('aa', side(), 'random_exit_name');
      await rival.erlang.evaluateUntil('whereis(rival)', 'undefined');
      await known('one', node, left, right);
      expect(registration.active).toBe(true);
    });

    test('or is sent a message', async () => {
      const { registration, messages, rival, ours, node } = await meet('zz', side(), 'random_notify_name');
      const reason = await registration.ended;
      expect(reason).toMatchObject({ code: 'global_name_conflict' });
      expect((reason.facts.holder as Pid).node.name).toBe(rival.name);
      await until('the message', () => messages.length === 1);
      expect(messages).toEqual([tuple(atom('global_name_conflict'), atom('one'))]);
      expect(await node.global.whereis(atom('one'))).not.toEqual(ours);
      await rival.erlang.evaluate('exit(whereis(rival), kill)');
    });

    test('or both are, and nobody keeps the name', async () => {
      const { node, registration, messages, rival, ours } = await meet('zz', side(), 'notify_all_name');
      await registration.ended;
      await until('the message', () => messages.length === 1);
      const rivalPid = await node.rpc(rival.name, 'erlang', 'whereis', [atom('rival')]);
      expect(messages).toEqual([tuple(atom('global_name_conflict'), atom('one'), rivalPid)]);
      await unknown('one', left, right);
      const told = node.mailbox();
      told.send(registered('rival', rival.name), tuple(atom('told'), told.pid));
      expect(await told.receive({ timeout: 5_000 })).toEqual(
        tuple(atom('messages'), [tuple(atom('global_name_conflict'), atom('one'), ours)]),
      );
      await rival.erlang.evaluate('exit(whereis(rival), kill)');
    });
  });
});
