/** Global names that survive the loss of nodes, and that two processes claim when clusters meet. */
import diagnostics_channel from 'node:diagnostics_channel';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  atom,
  type ConnectEvent,
  type GlobalRegistration,
  type HiddenNode,
  type Pid,
  registered,
  type Term,
  tuple,
} from '../../lib/index.ts';
import { type NamedErlang, uniqueName } from '../helpers/cluster.ts';
import { known, mesh, unknown, useGlobal } from '../helpers/global.ts';
import { failure, until } from '../helpers/until.ts';

const { cluster, one, two, connected } = useGlobal();

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
