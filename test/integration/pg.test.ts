/** Process groups shared with real Erlang nodes: each side sees the members of the other, whatever is lost and comes back. */
import { describe, expect, test } from 'vitest';
import { atom, type EncodableTerm, Pid, tuple } from '../../lib/index.ts';
import { member, nodesOf, seenBy, untilMembers, usePg } from '../helpers/pg.ts';
import { failure, until } from '../helpers/until.ts';

const { cluster, beam, uniqueScope, startScope, shared } = usePg();

describe('members of both sides', () => {
  test('a mailbox is in pg:get_members, and what Erlang sends to all reaches it', async () => {
    const { node, scope, name } = await shared();
    const inbox = node.mailbox();
    scope.join('room', inbox);
    await beam.erlang.evaluateUntil(seenBy(name, '<<"room">>'), `[{'${node.name}',1}]`);
    expect(await beam.erlang.evaluate(`pg:which_groups(${name})`)).toBe('[<<"room">>]');
    await beam.erlang.evaluate(`[P ! {news, 1} || P <- pg:get_members(${name}, <<"room">>)]`);
    expect(await inbox.receive({ timeout: 5_000 })).toEqual(tuple(atom('news'), 1));
  });

  test('members of Erlang are seen here, and broadcast reaches both sides', async () => {
    const { node, scope, name } = await shared();
    const inbox = node.mailbox();
    scope.join(atom('all'), inbox);
    await beam.erlang.evaluate(`ok = pg:join(${name}, all, self())`);
    await untilMembers(scope, atom('all'), 2);
    expect(scope.localMembers(atom('all'))).toEqual([inbox.pid]);
    expect(nodesOf(scope, atom('all'))).toEqual([beam.name, node.name].sort());
    expect(scope.groups()).toEqual([atom('all')]);
    expect(scope.broadcast(atom('all'), 'hello')).toBe(2);
    expect(await inbox.receive({ timeout: 5_000 })).toEqual(Buffer.from('hello'));
    expect(await beam.erlang.evaluate('receive <<"hello">> -> got after 10000 -> nothing end')).toBe('got');
    await beam.erlang.evaluate(`pg:leave(${name}, all, self())`);
    await untilMembers(scope, atom('all'), 1);
  });

  test('both learn at once of members that joined before they met', async () => {
    const name = await startScope(uniqueScope());
    await beam.erlang.evaluate(`[${member(name, 'early')} || _ <- lists:seq(1, 3)], ok`);
    await beam.erlang.evaluateUntil(`length(pg:get_members(${name}, early))`, '3');
    const node = await cluster.node();
    const scope = node.pg(name);
    scope.join(atom('early'), [node.mailbox(), node.mailbox()]);
    await node.connect(beam.name);
    await untilMembers(scope, atom('early'), 5);
    await beam.erlang.evaluateUntil(seenBy(name, 'early'), `[{'${beam.name}',3},{'${node.name}',2}]`);
    await beam.erlang.evaluate(`[P ! stop || P <- pg:get_local_members(${name}, early)], ok`);
    await untilMembers(scope, atom('early'), 2);
  });

  test('any term names a group, and equal terms the same', async () => {
    const { node, scope, name } = await shared();
    const inbox = node.mailbox();
    const groups: [EncodableTerm, string][] = [
      [tuple(atom('user'), 17, ['a', 'b']), '{user, 17, [<<"a">>, <<"b">>]}'],
      [{ kind: atom('room'), id: 7 }, '#{id => 7, kind => room}'],
      [[1, 2, 3], '[1, 2, 3]'],
      [undefined, 'undefined'],
      [2n ** 70n, '1 bsl 70'],
      [1.5, '1.5'],
    ];
    for (const [group, source] of groups) {
      scope.join(group, inbox);
      await beam.erlang.evaluateUntil(seenBy(name, source), `[{'${node.name}',1}]`);
      await beam.erlang.evaluate(`put(member, ${member(name, source)}), ok`);
      await untilMembers(scope, group, 2);
      expect(scope.leave(group, inbox)).toBe(true);
      await beam.erlang.evaluateUntil(seenBy(name, source), `[{'${beam.name}',1}]`);
      await beam.erlang.evaluate('get(member) ! stop, ok');
      await untilMembers(scope, group, 0);
    }
    expect(scope.groups()).toEqual([]);
  });

  test('a group is what it was when it was joined, whatever happens to the term', async () => {
    const { node, scope, name } = await shared();
    const group = [1];
    scope.join(group, node.mailbox());
    group.push(2);
    expect(scope.groups()).toEqual([[1]]);
    await beam.erlang.evaluateUntil(`pg:which_groups(${name})`, '[[1]]');
  });
});

describe('joining and leaving', () => {
  test('a mailbox that ends leaves its groups, however often it joined', async () => {
    const { node, scope, name } = await shared();
    const inbox = node.mailbox();
    const stays = node.mailbox();
    scope.join(atom('one'), [inbox, inbox, stays]);
    scope.join(atom('two'), inbox);
    await beam.erlang.evaluateUntil(seenBy(name, 'one'), `[{'${node.name}',3}]`);
    await beam.erlang.evaluateUntil(seenBy(name, 'two'), `[{'${node.name}',1}]`);
    inbox.close();
    await beam.erlang.evaluateUntil(seenBy(name, 'one'), `[{'${node.name}',1}]`);
    await beam.erlang.evaluateUntil(`pg:which_groups(${name})`, '[one]');
    expect(scope.members(atom('one'))).toEqual([stays.pid]);
    expect(scope.localGroups()).toEqual([atom('one')]);
  });

  test('who joins twice is a member twice, gets everything twice and leaves twice', async () => {
    const { node, scope, name } = await shared();
    const inbox = node.mailbox();
    scope.join(atom('twice'), inbox);
    scope.join(atom('twice'), inbox.pid);
    expect(scope.members(atom('twice'))).toEqual([inbox.pid, inbox.pid]);
    await beam.erlang.evaluateUntil(seenBy(name, 'twice'), `[{'${node.name}',2}]`);
    expect(scope.broadcast(atom('twice'), 1)).toBe(2);
    expect(scope.leave(atom('twice'), inbox)).toBe(true);
    await beam.erlang.evaluateUntil(seenBy(name, 'twice'), `[{'${node.name}',1}]`);
    expect(scope.leave(atom('twice'), [inbox, inbox])).toBe(true);
    expect(scope.leave(atom('twice'), inbox)).toBe(false);
    await beam.erlang.evaluateUntil(`pg:which_groups(${name})`, '[]');
    await until('both messages', () => inbox.size === 2);
  });

  test('the process of an Erlang node that is a member twice is so here', async () => {
    const { scope, name } = await shared();
    await beam.erlang.evaluate(`ok = pg:join(${name}, g, [self(), self()]), ok = pg:join(${name}, g, self())`);
    await untilMembers(scope, atom('g'), 3);
    await beam.erlang.evaluate(`ok = pg:leave(${name}, g, self())`);
    await untilMembers(scope, atom('g'), 2);
    await beam.erlang.evaluate(`ok = pg:leave(${name}, g, [self(), self()])`);
    await untilMembers(scope, atom('g'), 0);
  });

  test('only processes of this node join, and only those that live', async () => {
    const { node, scope, name } = await shared();
    const other = await node.rpc(beam.name, 'erlang', 'whereis', [atom(name)]);
    expect(other).toBeInstanceOf(Pid);
    for (const wrong of [other, undefined, null, 'pid', [node.pid, other], {}]) {
      expect(await failure(() => scope.join('g', wrong as Pid))).toMatchObject({ code: 'invalid_argument' });
    }
    scope.join('g', []);
    const ended = node.mailbox();
    ended.close();
    scope.join('g', ended);
    expect(scope.groups()).toEqual([]);
    expect(await failure(() => scope.join(Symbol('s') as unknown as string, node.mailbox()))).toMatchObject({
      code: 'not_a_term',
    });
  });

  test('1,000 groups with 10 members each, joined and left on both sides', async () => {
    const { node, scope, name } = await shared();
    const boxes = Array.from({ length: 10 }, () => node.mailbox());
    for (let n = 0; n < 1_000; n++) scope.join(n, boxes);
    await beam.erlang.evaluateUntil(
      `{length(pg:which_groups(${name})), length([x || G <- pg:which_groups(${name}), _ <- pg:get_members(${name}, G)])}`,
      '{1000,10000}',
    );
    await beam.erlang.evaluate(`[ok = pg:join(${name}, N, [self(), self()]) || N <- lists:seq(500, 1499)], ok`);
    await until('all groups', () => scope.groups().length === 1_500);
    await untilMembers(scope, 1_499, 2);
    expect(scope.members(999)).toHaveLength(12);
    for (let n = 0; n < 1_000; n += 2) scope.leave(n, boxes);
    boxes[0]!.close();
    await beam.erlang.evaluateUntil(
      `length([x || G <- pg:which_groups(${name}), P <- pg:get_members(${name}, G), node(P) =/= node()])`,
      String(500 * 9),
    );
    await beam.erlang.evaluate(`[ok = pg:leave(${name}, N, [self(), self()]) || N <- lists:seq(500, 1499)], ok`);
    await until('only ours', () => scope.groups().length === 500);
    for (const box of boxes) box.close();
    await beam.erlang.evaluateUntil(`pg:which_groups(${name})`, '[]');
    await until('nothing', () => scope.groups().length === 0);
  });
});

describe('what is watched', () => {
  test('changes of one group, of both sides, in order', async () => {
    const { node, scope, name } = await shared();
    const inbox = node.mailbox();
    using monitor = scope.monitor(atom('watched'));
    const changes = monitor[Symbol.asyncIterator]();
    const next = async () => (await changes.next()).value;
    scope.join(atom('watched'), inbox);
    scope.join(atom('other'), inbox);
    expect(await next()).toEqual({ group: atom('watched'), joined: [inbox.pid], left: [] });
    await beam.erlang.evaluate(`ok = pg:join(${name}, other, self()), ok = pg:join(${name}, watched, self())`);
    const joined = await next();
    expect(joined).toMatchObject({ group: atom('watched'), left: [] });
    expect(joined!.joined.map((pid) => pid.node.name)).toEqual([beam.name]);
    inbox.close();
    expect(await next()).toEqual({ group: atom('watched'), joined: [], left: [inbox.pid] });
    await beam.erlang.evaluate(`pg:leave(${name}, watched, self()), pg:leave(${name}, other, self())`);
    expect(await next()).toEqual({ group: atom('watched'), joined: [], left: joined!.joined });
    const waiting = changes.next();
    monitor.close();
    expect(await waiting).toEqual({ done: true, value: undefined });
  });

  test('changes of the whole scope, by a handler', async () => {
    const { node, scope } = await shared();
    const inbox = node.mailbox();
    const told: string[] = [];
    const monitor = scope.monitorScope();
    scope.join('a', inbox);
    monitor.onChange(({ group, joined, left }) => told.push(`${group} ${joined.length} ${left.length}`));
    scope.join('b', [inbox, inbox]);
    scope.leave('b', inbox);
    monitor.onChange(undefined);
    scope.leave('a', inbox);
    expect(told).toEqual(['a 1 0', 'b 2 0', 'b 0 1']);
    for await (const { group, left } of monitor) {
      expect([String(group), left]).toEqual(['a', [inbox.pid]]);
      break;
    }
    monitor.close();
    scope.join('c', inbox);
    expect(await monitor[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined });
  });

  test('pg:monitor and pg:monitor_scope of Erlang tell of members here', async () => {
    const { node, scope, name } = await shared();
    const inbox = node.mailbox();
    scope.join(atom('before'), inbox);
    await beam.erlang.evaluateUntil(`pg:which_groups(${name})`, '[before]');
    await beam.erlang.evaluate(
      `(fun() -> {Scope, Groups} = pg:monitor_scope(${name}), {Group, Members} = pg:monitor(${name}, g),
        put(scope, Scope), put(group, Group), put(seen, {maps:keys(Groups), Members}) end)()`,
    );
    expect(await beam.erlang.evaluate('get(seen)')).toBe('{[before],[]}');
    const next = (reference: string) =>
      beam.erlang.evaluate(
        `(fun(R) -> receive {R, What, Group, Pids} -> {What, Group, [node(P) || P <- Pids]} after 10000 -> silence end
          end)(get(${reference}))`,
      );
    const told = [`{join,g,['${node.name}']}`, `{leave,g,['${node.name}']}`];
    scope.join(atom('g'), inbox);
    for (const reference of ['scope', 'group']) expect(await next(reference)).toBe(told[0]);
    scope.leave(atom('g'), inbox);
    for (const reference of ['scope', 'group']) expect(await next(reference)).toBe(told[1]);
    inbox.close();
    expect(await next('scope')).toBe(`{leave,before,['${node.name}']}`);
    await beam.erlang.evaluate(`[pg:demonitor(${name}, get(R)) || R <- [scope, group]]`);
  });

  test('what a handler throws is an uncaught exception and holds up nothing', async () => {
    const { node, scope } = await shared();
    const thrown = new Promise((resolve) => process.once('uncaughtException', resolve));
    const listeners = process.listeners('uncaughtException').slice(0, -1);
    for (const each of listeners) process.off('uncaughtException', each);
    const told: unknown[] = [];
    scope.monitorScope().onChange(() => {
      throw new Error('of the handler');
    });
    scope.monitorScope().onChange((change) => told.push(change));
    scope.join('g', node.mailbox());
    expect(await thrown).toMatchObject({ message: 'of the handler' });
    for (const each of listeners) process.on('uncaughtException', each as NodeJS.UncaughtExceptionListener);
    expect(told).toHaveLength(1);
  });
});

describe('a scope', () => {
  test('is the same for the same name, and others are apart', async () => {
    const { node, scope, name } = await shared();
    expect(node.pg(name)).toBe(scope);
    expect(node.pg()).toBe(node.pg('pg'));
    node.pg().join('g', node.mailbox());
    expect(scope.groups()).toEqual([]);
    expect(scope.name).toBe(name);
    node.mailbox('taken');
    expect(await failure(() => node.pg('taken'))).toMatchObject({ code: 'registered_name_taken' });
    expect(await failure(() => node.mailbox(name))).toMatchObject({ code: 'registered_name_taken' });
  });

  test('that is closed has left, and can be begun again', async () => {
    const { node, scope, name } = await shared();
    const inbox = node.mailbox();
    scope.join(atom('g'), inbox);
    const monitor = scope.monitorScope();
    await beam.erlang.evaluateUntil(seenBy(name, 'g'), `[{'${node.name}',1}]`);
    scope.close();
    scope.close();
    await beam.erlang.evaluateUntil(`pg:get_members(${name}, g)`, '[]');
    expect([scope.members(atom('g')), scope.localMembers(atom('g')), scope.groups()]).toEqual([[], [], []]);
    const changes = monitor[Symbol.asyncIterator]();
    expect(await changes.next()).toMatchObject({ done: true });
    for (const use of [
      () => scope.join('g', inbox),
      () => scope.leave('g', inbox),
      () => scope.broadcast('g', 1),
      () => scope.monitor('g'),
      () => scope.monitorScope(),
    ]) {
      expect(await failure(use)).toMatchObject({ code: 'scope_closed' });
    }
    const again = node.pg(name);
    expect(again).not.toBe(scope);
    again.join(atom('g'), inbox);
    await beam.erlang.evaluateUntil(seenBy(name, 'g'), `[{'${node.name}',1}]`);
  });

  test('is not troubled by exit signals, nor by messages that it does not know', async () => {
    const { node, scope, name } = await shared();
    scope.join(atom('g'), node.mailbox());
    const attempts: unknown[] = [];
    node.on('linkfailed', (to) => attempts.push(to));
    await beam.erlang.evaluateUntil(seenBy(name, 'g'), `[{'${node.name}',1}]`);
    const ours = `{${name}, '${node.name}'}`;
    const wrong = [
      'hello',
      '{discover, nobody}',
      '{discover}',
      `{discover, list_to_pid("<0.99.0>")}`,
      '{discover, binary_to_term(<<131,88,119,17,"nowhere@127.0.0.1",1:32,0:32,1:32>>)}',
      `{'$gen_cast', {sync, binary_to_term(<<131,88,119,17,"nowhere@127.0.0.1",1:32,0:32,1:32>>), [{g, [self()]}]}}`,
      `{join, whereis(${name}), g, nobody}`,
      `{join, self(), g, self()}`,
      `{join, whereis(${name}), g, [self() | self()]}`,
      `{leave, whereis(${name}), self(), nothing}`,
      `{leave, whereis(${name}), self(), [unknown]}`,
      `{update, whereis(${name}), [{g, [self()]}]}`,
      `{update, whereis(${name}), nothing}`,
      `{'$gen_cast', {sync, whereis(${name}), [{g, [nobody]}]}}`,
      `{'$gen_cast', {sync, whereis(${name}), [g | h]}}`,
      `{'$gen_cast', {local_data, whereis(${name}), 1, []}}`,
      `{'$gen_cast', {'$gen_cast', {'$gen_cast', x}}}`,
      `{'DOWN', make_ref(), process, whereis(${name}), noproc}`,
      `{'DOWN', 1, 2, 3, 4}`,
    ];
    for (const message of wrong) await beam.erlang.evaluate(`${ours} ! ${message}, ok`);
    const ourProcess = `hd(maps:keys(element(4, sys:get_state(${name}))))`;
    await beam.erlang.evaluate(`exit(${ourProcess}, kill), link(${ourProcess}), exit(${ourProcess}, shutdown)`);
    await beam.erlang.evaluate(`ok = pg:join(${name}, late, self())`);
    await untilMembers(scope, atom('late'), 1);
    expect(scope.members(atom('g'))).toHaveLength(1);
    expect(scope.groups()).toHaveLength(2);
    expect(attempts).toEqual([]);
    await beam.erlang.evaluate(`pg:leave(${name}, late, self())`);
  });
});
