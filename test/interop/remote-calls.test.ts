/** Functions of a node here, called from each release of Erlang/OTP: compared with the same functions on a node of that release. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { atom, format, type HiddenNode, type HiddenNodeError, type Term } from '../../lib/index.ts';
import { calc, EXPRESSIONS, loadCalc, outcome, prepare } from '../helpers/calc.ts';
import { Cluster, type NamedErlang } from '../helpers/cluster.ts';
import { describeReleases } from '../helpers/releases.ts';
import { failure, until } from '../helpers/until.ts';

describeReleases('remote calls', ({ options }) => {
  const cluster = new Cluster();
  let caller: NamedErlang;
  let peer: NamedErlang;
  let node: HiddenNode;

  beforeAll(async () => {
    await cluster.begin();
    [caller, peer] = [await cluster.beam(options), await cluster.beam(options)];
    await prepare(caller.erlang);
    await loadCalc(peer.erlang);
    await peer.erlang.evaluate('register(echo, spawn(fun() -> receive stop -> ok end end))');
    node = await cluster.node();
    node.expose('calc', calc);
    node.mailbox('echo');
  });
  afterAll(() => cluster.stop());

  test.each(EXPRESSIONS)('%s', async (expression) => {
    const [expected, found] = [
      await outcome(caller.erlang, expression, peer.name),
      await outcome(caller.erlang, expression, node.name),
    ];
    expect(found).toBe(expected);
    expect(found).not.toBe('nothing');
  });

  test('without an answer are made', async () => {
    const seen: string[] = [];
    using _ = node.expose('note', { down: (text) => void seen.push(String(text)) });
    await caller.erlang.evaluate(`begin
      true = rpc:cast('${node.name}', note, down, [<<"rpc">>]),
      ok = erpc:cast('${node.name}', note, down, [<<"erpc">>]),
      abcast = rpc:eval_everywhere(['${node.name}'], note, down, [<<"everywhere">>])
    end`);
    await until('all', () => seen.length === 3);
    expect(seen.sort()).toEqual(['erpc', 'everywhere', 'rpc']);
  });

  describe.each(['spawn', 'rex'] as const)('made via %s', (via) => {
    test('give what the function gives, and print on its node', async () => {
      expect(await node.rpc(peer.name, 'calc', 'add', [1, 2], { via })).toBe(3);
      expect(await node.rpc(peer.name, 'calc', 'fail', [atom('throw')], { via })).toBe(atom('ball'));
      await node.rpc(peer.name, 'io', 'format', [`printed via ${via} ~p~n`, [1.5]], { via });
      await until('the text', async () => {
        await peer.erlang.evaluate('ok');
        return peer.erlang.log.includes(`printed via ${via} 1.5`);
      });
    });

    test('reject with the reason of rpc:call', async () => {
      for (const how of ['error', 'exit', 'EXIT', 'badrpc']) {
        const call = node.rpc(peer.name, 'calc', 'fail', [atom(how)], { via });
        const reason = format(((await failure(call)) as HiddenNodeError).facts.reason as Term);
        expect(await caller.erlang.evaluate(`rpc:call('${peer.name}', calc, fail, ['${how}'])`)).toBe(
          `{badrpc,${reason}}`,
        );
      }
    });
  });
});
