/** Process groups shared with real Erlang nodes: each side sees the members of the other. */
import { afterEach, describe, expect, test } from 'vitest';
import { atom, type EncodableTerm, format, type GroupChange, type HiddenNode, Pid, type PgScope, tuple } from '../../lib/index.ts';
import { type NamedErlang, useCluster } from '../helpers/cluster.ts';
import { failure, until } from '../helpers/until.ts';

const { cluster, beam } = useCluster();

let counter = 0;
const scopes: { beam: NamedErlang; name: string }[] = [];

/** The name of a scope that no other test uses. */
function uniqueScope(): string {
  counter += 1;
  return `scope${counter}`;
}

/** Starts a scope on an Erlang node. */
async function startScope(on: NamedErlang, name: string): Promise<void> {
  expect(await on.erlang.evaluate(`element(1, pg:start(${name}))`)).toBe('ok');
  scopes.push({ beam: on, name });
}

afterEach(async () => {
  for (const each of scopes.splice(0)) {
    await each.beam.erlang.evaluate(`catch gen_server:stop(${each.name})`).catch(() => undefined);
  }
});

/** A node, and a scope that it shares with the Erlang node. */
async function shared(): Promise<{ node: HiddenNode; scope: PgScope; name: string }> {
  const name = uniqueScope();
  await startScope(beam, name);
  const node = await cluster.node();
  await node.connect(beam.name);
  return { node, scope: node.pg(name), name };
}

/** What Erlang sees of a group: the nodes of its members. */
function nodesOf(name: string, group: string): string {
  return `lists:sort([node(P) || P <- pg:get_members(${name}, ${group})])`;
}

/** Waits until a group has so many members here. */
function untilMembers(scope: PgScope, group: EncodableTerm, count: number): Promise<true> {
  return until(`${count} members`, () => scope.members(group).length === count);
}

/** Starts a process in Erlang that is a member of a group and tells what it gets. */
function joiner(name: string, group: string): string {
  return `spawn(fun() -> ok = pg:join(${name}, ${group}, self()), receive stop -> ok end end), ok`;
}

describe('members of both sides', () => {
  test('a mailbox is in pg:get_members, and what Erlang sends to all reaches it', async () => {
    const { node, scope, name } = await shared();
    const inbox = node.mailbox();
    scope.join('room', inbox);
    await beam.erlang.evaluateUntil(nodesOf(name, '<<"room">>'), `['${node.name}']`);
    await beam.erlang.evaluate(`[P ! {news, 1} || P <- pg:get_members(${name}, <<"room">>)]`);
    expect(await inbox.receive({ timeout: 5_000 })).toEqual(tuple(atom('news'), 1));
  });

  test('members of Erlang are seen here, and broadcast reaches both sides', async () => {
    const { node, scope, name } = await shared();
    const inbox = node.mailbox();
    scope.join(atom('all'), inbox);
    await beam.erlang.evaluate(`register(${name}_member, self()), ok = pg:join(${name}, all, self())`);
    await untilMembers(scope, atom('all'), 2);
    expect(scope.localMembers(atom('all'))).toEqual([inbox.pid]);
    expect(scope.members(atom('all')).map((pid) => pid.node.name).sort()).toEqual([beam.name, node.name].sort());
    expect(scope.broadcast(atom('all'), 'hello')).toBe(2);
    expect(await inbox.receive({ timeout: 5_000 })).toEqual(Buffer.from('hello'));
    expect(await beam.erlang.evaluate('receive <<"hello">> -> got after 10000 -> nothing end')).toBe('got');
    await beam.erlang.evaluate(`unregister(${name}_member), pg:leave(${name}, all, self())`);
    await untilMembers(scope, atom('all'), 1);
  });
});
void [failure, format, Pid, joiner];
void (null as GroupChange | null);
