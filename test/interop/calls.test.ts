/** Calls from here to functions of each release of Erlang/OTP. */
import { expect, test } from 'vitest';
import { atom, format, type HiddenNodeError, type Term } from '../../lib/index.ts';
import { useCluster } from '../helpers/cluster.ts';
import { describeReleases } from '../helpers/releases.ts';
import { failure } from '../helpers/until.ts';

describeReleases('calls', ({ otp, options }) => {
  const { cluster, beam } = useCluster(undefined, options);

  test('give what the function returns', async () => {
    const node = await cluster.node();
    expect(await node.rpc(beam.name, 'erlang', 'system_info', [atom('otp_release')])).toEqual(
      Array.from(String(otp), (c) => c.charCodeAt(0)),
    );
    expect(await node.rpc(beam.name, 'lists', 'reverse', [[1, 'two', 3.5]])).toEqual([3.5, Buffer.from('two'), 1]);
    const large = (await node.rpc(beam.name, 'lists', 'seq', [1, 100_000])) as number[];
    expect([large.length, large.at(-1)]).toEqual([100_000, 100_000]);
  });

  test('by the thousand each get their own answer', async () => {
    const node = await cluster.node();
    const calls = Array.from({ length: 1_000 }, (_, n) =>
      node.rpc(beam.name, 'erlang', '*', [n, 2], { timeout: 20_000 }),
    );
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 1_000 }, (_, n) => n * 2));
  });

  test.each([
    { name: 'an error', call: ['erlang', 'error', [atom('broken')]], reason: /^\{'EXIT',\{broken,\[/ },
    { name: 'an exit', call: ['erlang', 'exit', [atom('gone')]], reason: /^\{'EXIT',gone\}$/ },
    { name: 'no such function', call: ['no', 'such', [1]], reason: /^\{'EXIT',\{undef,\[\{no,such,\[1\],/ },
  ] as const)('reject with $name', async ({ call: [module, name, args], reason }) => {
    const node = await cluster.node();
    const error = (await failure(node.rpc(beam.name, module, name, args))) as HiddenNodeError;
    expect(error.code).toBe('badrpc');
    expect(format(error.facts.reason as Term)).toMatch(reason);
  });

  test('give what is thrown', async () => {
    const node = await cluster.node();
    expect(await node.rpc(beam.name, 'erlang', 'throw', [atom('ball')])).toBe(atom('ball'));
  });

  test('reject when the time is over, and when the link is lost', async () => {
    const node = await cluster.node();
    const sleep = (timeout: number) => node.rpc(beam.name, 'timer', 'sleep', [60_000], { timeout });
    expect(await failure(sleep(200))).toMatchObject({ code: 'timeout' });
    const lost = failure(sleep(20_000));
    await beam.erlang.evaluate(`erlang:disconnect_node('${node.name}')`);
    expect(await lost).toMatchObject({ code: 'noconnection' });
  });

  test('without an answer are made', async () => {
    const node = await cluster.node();
    node.rpcCast(beam.name, 'persistent_term', 'put', [atom('cast'), 'made']);
    await beam.erlang.evaluateUntil('persistent_term:get(cast, none)', '<<"made">>');
  });
});
