/** Functions of a node of the library called from Erlang: compared with the same functions on an Erlang node. */
import { execFile } from 'node:child_process';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HiddenNode } from '../../lib/index.ts';
import { calc, EXPRESSIONS, loadCalc, outcome, prepare } from '../helpers/calc.ts';
import { Cluster, type NamedErlang, uniqueName } from '../helpers/cluster.ts';

const cluster = new Cluster();
let caller: NamedErlang;
let peer: NamedErlang;
let node: HiddenNode;

beforeAll(async () => {
  await cluster.begin();
  [caller, peer] = [await cluster.beam(), await cluster.beam()];
  await prepare(caller.erlang);
  await loadCalc(peer.erlang);
  await peer.erlang.evaluate('register(echo, spawn(fun() -> receive stop -> ok end end))');
  node = await cluster.node();
  node.expose('calc', calc);
  node.mailbox('echo');
});
afterAll(() => cluster.stop());

describe('seen from Erlang, a node that exposes functions is like one that has loaded a module', () => {
  test.each(EXPRESSIONS)('%s', async (expression) => {
    const [expected, found] = [
      await outcome(caller.erlang, expression, peer.name),
      await outcome(caller.erlang, expression, node.name),
    ];
    expect(found).toBe(expected);
    expect(found).not.toBe('nothing');
  });
});

test('a C node that calls with ei_rpc gets its answer', async () => {
  // It takes its host from the system, and short and long names do not go together.
  const host = hostname().includes('.') ? '127.0.0.1' : 'localhost';
  const server = await cluster.node({ name: uniqueName('js', host) });
  server.expose('calc', calc);
  const call = async (what: string): Promise<string> => {
    const args = ['-name', server.name, '-c', cluster.cookie, '-a', what];
    const env = { ...process.env, ERL_EPMD_PORT: String(cluster.epmd.port) };
    return (await promisify(execFile)('erl_call', args, { env })).stdout;
  };
  expect(await call('calc add [40,2]')).toBe('42');
  expect(await call('calc echo [{a,"b"}]')).toBe('{a, "b"}');
  expect(await call('os cmd ["true"]')).toMatch(/badrpc.*undef.*os, cmd/);
});
