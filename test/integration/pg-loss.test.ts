/** Process groups that lose scopes, nodes and links and find together again, with Erlang nodes and among nodes of the library. */
import { describe, expect, test } from 'vitest';
import { atom, type HiddenNode, type Mailbox, type PgScope } from '../../lib/index.ts';
import { uniqueName } from '../helpers/cluster.ts';
import { member, nodesOf, seenBy, untilMembers, usePg } from '../helpers/pg.ts';
import { failure, until } from '../helpers/until.ts';

const { cluster, beam, uniqueScope, startScope, connected, shared } = usePg();

describe('what is lost and comes back', () => {
  test('a scope that starts later than the connection, and one that is killed and starts again', async () => {
    const name = uniqueScope();
    const node = await connected();
    const scope = node.pg(name);
    scope.join(atom('g'), node.mailbox());
    // The first calls are in vain: what is tested is that there are more.
    const sent = () => node.stats()[beam.name]!.messagesOut;
    const before = sent();
    await until('calls in vain', () => sent() >= before + 3);
    for (let round = 0; round < 3; round++) {
      await startScope(name);
      await beam.erlang.evaluate(`${member(name, 'g')}, ok`);
      await beam.erlang.evaluateUntil(seenBy(name, 'g'), `[{'${beam.name}',1},{'${node.name}',1}]`);
      await untilMembers(scope, atom('g'), 2);
      await beam.erlang.evaluate(`exit(whereis(${name}), kill)`);
      await untilMembers(scope, atom('g'), 1);
      await beam.erlang.evaluateUntil(`whereis(${name})`, 'undefined');
    }
  });

  test('the connection, from either side', async () => {
    const { node, scope, name } = await shared();
    scope.join(atom('g'), node.mailbox());
    await beam.erlang.evaluate(`ok = pg:join(${name}, g, self())`);
    await untilMembers(scope, atom('g'), 2);
    await node.disconnect(beam.name);
    expect(nodesOf(scope, atom('g'))).toEqual([node.name]);
    await beam.erlang.evaluateUntil(seenBy(name, 'g'), `[{'${beam.name}',1}]`);
    expect(await beam.erlang.evaluate(`net_kernel:connect_node('${node.name}')`)).toBe('true');
    await untilMembers(scope, atom('g'), 2);
    await beam.erlang.evaluateUntil(`length(pg:get_members(${name}, g))`, '2');
    await beam.erlang.evaluate(`erlang:disconnect_node('${node.name}')`);
    await untilMembers(scope, atom('g'), 1);
    await node.connect(beam.name);
    await untilMembers(scope, atom('g'), 2);
    await beam.erlang.evaluateUntil(`length(pg:get_members(${name}, g))`, '2');
    await beam.erlang.evaluate(`pg:leave(${name}, g, self())`);
  });

  test('an Erlang node that is killed, and started again', async () => {
    const name = uniqueScope();
    const peer = await cluster.beam();
    await startScope(name, peer);
    const node = await connected(peer);
    const scope = node.pg(name);
    scope.join(atom('g'), node.mailbox());
    await peer.erlang.evaluate(`ok = pg:join(${name}, g, self())`);
    await untilMembers(scope, atom('g'), 2);
    using monitor = scope.monitor(atom('g'));
    peer.erlang.signal('SIGKILL');
    await untilMembers(scope, atom('g'), 1);
    const { value } = await monitor[Symbol.asyncIterator]().next();
    expect(value?.left.map((pid) => pid.node.name)).toEqual([peer.name]);
    const again = await cluster.beam({ name: peer.name });
    await startScope(name, again);
    await again.erlang.evaluate(`ok = pg:join(${name}, g, self())`);
    await node.connect(again.name);
    await untilMembers(scope, atom('g'), 2);
    await again.erlang.evaluateUntil(`length(pg:get_members(${name}, g))`, '2');
  });

  test('this node, stopped and started again under its name', async () => {
    const name = await startScope(uniqueScope());
    const own = uniqueName('restarted');
    const join = async () => {
      const node = await cluster.node({ name: own });
      await node.connect(beam.name);
      const inbox = node.mailbox();
      node.pg(name).join(atom('g'), inbox);
      await beam.erlang.evaluateUntil(seenBy(name, 'g'), `[{'${own}',1}]`);
      return { node, inbox };
    };
    const first = await join();
    await first.node.stop();
    await beam.erlang.evaluateUntil(`pg:get_members(${name}, g)`, '[]');
    const second = await join();
    await beam.erlang.evaluate(`[P ! hello || P <- pg:get_members(${name}, g)]`);
    expect(await second.inbox.receive({ timeout: 5_000 })).toBe(atom('hello'));
    expect(await failure(() => first.node.pg(name))).toMatchObject({ code: 'node_stopped' });
  });
});

describe('nodes of this library', () => {
  async function joined(name: string): Promise<{ node: HiddenNode; scope: PgScope; inbox: Mailbox }> {
    const node = await cluster.node();
    const inbox = node.mailbox();
    const scope = node.pg(name);
    scope.join('g', inbox);
    return { node, scope, inbox };
  }

  test('two share a scope without any Erlang node', async () => {
    const name = uniqueScope();
    const [a, b] = [await joined(name), await joined(name)];
    await a.node.connect(b.node.name);
    for (const { scope } of [a, b]) await untilMembers(scope, 'g', 2);
    expect(a.scope.broadcast('g', 1)).toBe(2);
    for (const { inbox } of [a, b]) expect(await inbox.receive({ timeout: 5_000 })).toBe(1);
    b.scope.join('h', [b.inbox, b.inbox]);
    await untilMembers(a.scope, 'h', 2);
    b.scope.leave('h', b.inbox);
    await untilMembers(a.scope, 'h', 1);
    b.inbox.close();
    await until('no group but one', () => a.scope.groups().length === 1 && a.scope.members('g').length === 1);
    await b.node.stop();
    expect(nodesOf(a.scope, 'g')).toEqual([a.node.name]);
  });

  test('two, and an Erlang node that both know, see all members', async () => {
    const name = await startScope(uniqueScope());
    const [a, b] = [await joined(name), await joined(name)];
    for (const { node } of [a, b]) await node.connect(beam.name);
    await beam.erlang.evaluateUntil(`length(pg:get_members(${name}, <<"g">>))`, '2');
    // Hidden nodes know of each other only when they are connected.
    await a.node.connect(b.node.name);
    for (const { scope } of [a, b]) await untilMembers(scope, 'g', 2);
    await beam.erlang.evaluate(`ok = pg:join(${name}, <<"g">>, self())`);
    for (const { scope } of [a, b]) await untilMembers(scope, 'g', 3);
    await beam.erlang.evaluate(`pg:leave(${name}, <<"g">>, self())`);
  });

  test('a scope that begins later than the connection', async () => {
    const name = uniqueScope();
    const a = await joined(name);
    const b = await cluster.node();
    await b.connect(a.node.name);
    b.pg(name).join('g', b.mailbox());
    for (const scope of [a.scope, b.pg(name)]) await untilMembers(scope, 'g', 2);
  });
});
