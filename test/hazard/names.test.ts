/** Groups and global names of a process that is killed, and what they leave behind. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Cluster, uniqueName } from '../helpers/cluster.ts';
import { ensureBuilt, run } from '../helpers/program.ts';
import { runRounds } from '../helpers/rounds.ts';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await Cluster.start();
  await ensureBuilt();
});
afterAll(() => cluster.stop());

test('a process that is killed is in no group and has no name, and is back when it starts again', async () => {
  const [one, two] = [await cluster.beam(), await cluster.beam()];
  await one.erlang.evaluate(`net_kernel:connect_node('${two.name}'), global:sync(), pg:start(scope)`);
  const facts = { cookie: cluster.cookie, epmdPort: cluster.epmd.port, beam: one.name, name: uniqueName('mortal') };
  for (let life = 0; life < 3; life++) {
    let ready: () => void = () => undefined;
    const up = new Promise<void>((resolve) => {
      ready = resolve;
    });
    const over = run('member.mjs', facts, { line: ready });
    await Promise.race([up, over]);
    for (const { erlang } of [one, two]) {
      expect(await erlang.evaluate('node(global:whereis_name(mortal))')).toBe(`'${facts.name}'`);
    }
    await one.erlang.evaluateUntil('[node(P) || P <- pg:get_members(scope, group)]', `['${facts.name}']`);
    await two.erlang.evaluate('global:send(mortal, die)');
    expect(await over).toEqual({ code: null, signal: 'SIGKILL', stdout: 'ready\n', stderr: '' });
    for (const { erlang } of [one, two]) await erlang.evaluateUntil('global:whereis_name(mortal)', 'undefined');
    await one.erlang.evaluateUntil('pg:which_groups(scope)', '[]');
  }
});

test('thirty rounds of 100 groups with 100 members, and of 50 names, leave nothing behind', {
  timeout: 120_000,
}, async () => {
  const { name: beam, erlang } = await cluster.beam();
  await erlang.evaluate('pg:start(scope)');
  const facts = { cookie: cluster.cookie, epmdPort: cluster.epmd.port, beam };
  // Late, when the engine has compiled what it will.
  await runRounds('groups.mjs', { ...facts, rounds: 30, mailboxes: 100, groups: 100, names: 50 }, 20);
  expect(await erlang.evaluate('{pg:which_groups(scope), global:registered_names()}')).toBe('{[],[]}');
});
