/** Process groups shared with each release of Erlang/OTP, whose protocol has two versions. */
import { expect, test } from 'vitest';
import { atom, tuple } from '../../lib/index.ts';
import { useCluster } from '../helpers/cluster.ts';
import { describeReleases } from '../helpers/releases.ts';
import { until } from '../helpers/until.ts';

describeReleases('groups', ({ otp, options }) => {
  const { cluster, beam } = useCluster(undefined, options);

  test('members come and go on both sides, by leaving, ending, and losing the scope and the connection', async () => {
    await beam.erlang.evaluate('{ok, _} = pg:start(s), ok = pg:join(s, both, [self(), self()])');
    const node = await cluster.node();
    const scope = node.pg('s');
    const [one, two] = [node.mailbox(), node.mailbox()];
    scope.join(atom('both'), [one, two, two]);
    await node.connect(beam.name);
    const count = async (there: number, here: number) => {
      await beam.erlang.evaluateUntil(
        '{length(pg:get_local_members(s, both)), length(pg:get_members(s, both))}',
        `{${there},${there + here}}`,
      );
      await until('the members here', () => scope.members(atom('both')).length === there + here);
    };
    await count(2, 3);
    scope.leave(atom('both'), [one, two]);
    scope.join(tuple('many', 1), one);
    await count(2, 1);
    await beam.erlang.evaluate('ok = pg:leave(s, both, self())');
    await count(1, 1);
    await beam.erlang.evaluateUntil('lists:sort(pg:which_groups(s))', '[both,{<<"many">>,1}]');
    one.close();
    await beam.erlang.evaluateUntil('pg:which_groups(s)', '[both]');
    await beam.erlang.evaluate('[P ! {to, all} || P <- pg:get_members(s, both)]');
    expect(await two.receive({ timeout: 5_000 })).toEqual(tuple(atom('to'), atom('all')));

    await beam.erlang.evaluate('exit(whereis(s), kill)');
    await until('the loss of the scope', () => scope.members(atom('both')).length === 1);
    await beam.erlang.evaluateUntil('whereis(s)', 'undefined');
    await beam.erlang.evaluate('{ok, _} = pg:start(s), ok = pg:join(s, both, self())');
    await count(1, 1);
    await node.disconnect(beam.name);
    await until('the loss of the connection', () => scope.members(atom('both')).length === 1);
    await beam.erlang.evaluateUntil('length(pg:get_members(s, both))', '1');
    await node.connect(beam.name);
    await count(1, 1);
    two.close();
    await count(1, 0);
    expect(await beam.erlang.evaluate('is_pid(whereis(s))')).toBe('true');
    await beam.erlang.evaluate('gen_server:stop(s)');
  });

  test.runIf(otp >= 25)('pg:monitor_scope tells of members here', async () => {
    await beam.erlang.evaluate('{ok, _} = pg:start(watched), put(monitor, element(1, pg:monitor_scope(watched)))');
    const node = await cluster.node();
    const inbox = node.mailbox();
    const scope = node.pg('watched');
    await node.connect(beam.name);
    const next = () =>
      beam.erlang.evaluate(
        '(fun(M) -> receive {M, What, G, Ps} -> {What, G, length(Ps)} after 10000 -> silence end end)(get(monitor))',
      );
    scope.join(atom('g'), [inbox, inbox]);
    expect(await next()).toBe('{join,g,2}');
    inbox.close();
    let left = 0;
    // Who was a member twice leaves in one step or in two.
    while (left < 2) left += Number(/^\{leave,g,(\d)\}$/.exec(await next())?.[1]);
    expect(left).toBe(2);
    await beam.erlang.evaluate('gen_server:stop(watched)');
  });

  test.runIf(otp >= 29)('the version that is spoken is 1', async () => {
    await beam.erlang.evaluate('{ok, _} = pg:start(versions)');
    const node = await cluster.node();
    await node.connect(beam.name);
    node.pg('versions');
    await beam.erlang.evaluateUntil(
      '[Version || {_, Version, _} <- maps:values(element(8, sys:get_state(versions)))]',
      '[1]',
    );
    await beam.erlang.evaluate('gen_server:stop(versions)');
  });

  test('nothing that is said here ends the process of a scope there', async () => {
    await beam.erlang.evaluate('{ok, Scope} = pg:start(lasting), put(scope, Scope)');
    const node = await cluster.node();
    await node.connect(beam.name);
    for (let round = 0; round < 3; round++) {
      const scope = node.pg('lasting');
      const boxes = Array.from({ length: 5 }, () => node.mailbox());
      for (const group of ['a', 'b', 'c']) scope.join(group, [...boxes, ...boxes]);
      await beam.erlang.evaluateUntil('length(pg:get_members(lasting, <<"c">>))', '10');
      scope.leave('a', boxes);
      scope.leave('a', [...boxes, ...boxes]);
      for (const box of boxes) box.close();
      await beam.erlang.evaluateUntil('length(pg:get_members(lasting, <<"c">>))', '0');
      scope.close();
    }
    expect(await beam.erlang.evaluate('get(scope) =:= whereis(lasting)')).toBe('true');
    await beam.erlang.evaluate('gen_server:stop(lasting)');
  });
});
