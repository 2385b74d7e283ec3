/** Functions of a node here, called from Elixir: compared with the same functions on a node of Elixir. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { atom, ErlangException, type HiddenNode, type Term, tuple } from '../../lib/index.ts';
import { Cluster, type NamedElixir } from '../helpers/cluster.ts';
import { describeElixirs } from '../helpers/releases.ts';
import { until } from '../helpers/until.ts';

const CALC = `defmodule MyApp.Calc do
  def add(a, b), do: a + b
  def echo(x), do: x
  def zero, do: 0
  def fail(:raise), do: raise(ArgumentError, "broken")
  def fail(:exit), do: exit(:gone)
  def fail(:throw), do: throw(:ball)
  def slow(ms, value) do
    Process.sleep(ms)
    value
  end
end`;

function fail(how: Term): never {
  if (how === atom('throw')) throw atom('ball');
  if (how === atom('exit')) throw new ErlangException('exit', atom('gone'));
  // What `raise` makes: a struct.
  const error = { __struct__: atom('Elixir.ArgumentError'), __exception__: true, message: 'broken' };
  throw new ErlangException('error', error);
}

/** In which `n` is the node. */
const EXPRESSIONS = [
  ':erpc.call(n, MyApp.Calc, :add, [1, 2])',
  ':erpc.call(n, MyApp.Calc, :echo, [%{name: "Ann", tags: [:a, nil, true], at: {1, 2.5}, text: ~c"list"}])',
  ':erpc.call(n, &MyApp.Calc.zero/0)',
  ':erpc.call(n, MyApp.Calc, :fail, [:throw])',
  ':erpc.call(n, MyApp.Calc, :fail, [:exit])',
  ':erpc.call(n, MyApp.Calc, :slow, [60_000, 1], 50)',
  ':erpc.multicall([n, n], MyApp.Calc, :add, [1, 2])',
  ':erpc.multicall([n], MyApp.Calc, :fail, [:exit])',
  ':erpc.cast(n, MyApp.Calc, :zero, [])',
  ':erpc.receive_response(:erpc.send_request(n, MyApp.Calc, :add, [1, 2]))',
  ':rpc.call(n, MyApp.Calc, :add, [1, 2])',
  ':rpc.call(n, MyApp.Calc, :fail, [:throw])',
  ':rpc.call(n, MyApp.Calc, :fail, [:exit])',
  ':rpc.call(n, MyApp.Calc, :none, [1])',
  ':rpc.call(n, No.Module, :f, [])',
  ':rpc.call(n, MyApp.Calc, :slow, [60_000, 1], 50)',
  ':rpc.block_call(n, MyApp.Calc, :add, [1, 2])',
  ':rpc.cast(n, MyApp.Calc, :zero, [])',
  ':rpc.multicall([n], MyApp.Calc, :add, [1, 2])',
  'try do :erpc.call(n, MyApp.Calc, :none, []) rescue e -> {:rescued, e.__struct__, Exception.message(e)} end',
  'try do :erpc.call(n, MyApp.Calc, :fail, [:raise]) rescue e -> {:rescued, e.__struct__} end',
  'try do :erpc.call(n, MyApp.Calc, :fail, [:raise]) catch :error, {:exception, e, _} -> e end',
  'is_pid(Node.spawn(n, MyApp.Calc, :zero, []))',
  'ended.(fn -> Node.spawn_monitor(n, MyApp.Calc, :zero, []) end)',
  'ended.(fn -> Node.spawn_monitor(n, MyApp.Calc, :fail, [:exit]) end)',
  'ended.(fn -> Node.spawn_monitor(n, No.Module, :f, [:x]) end)',
  'ended.(fn -> Node.spawn(n, MyApp.Calc, :slow, [1, 2], [:monitor]) end)',
];

describeElixirs('remote calls', ({ options }) => {
  const cluster = new Cluster();
  let caller: NamedElixir;
  let peer: NamedElixir;
  let node: HiddenNode;

  /** What an expression gives on the node of the caller, in the words of Elixir; who failed is named as in Erlang. */
  async function outcome(expression: string, name: string): Promise<string> {
    const printed = await caller.elixir.evaluate(
      `n = :"${name}"; try do ${expression} catch kind, reason -> {kind, reason} end`,
    );
    return printed.replaceAll(name, 'NODE');
  }

  beforeAll(async () => {
    await cluster.begin();
    [caller, peer] = [await cluster.elixir(options), await cluster.elixir(options)];
    await peer.elixir.evaluate(CALC);
    await caller.elixir.evaluate(`ended = fn start ->
      {_, ref} = start.()
      receive do {:DOWN, ^ref, :process, _, reason} -> reason after 10_000 -> :nothing end
    end`);
    node = await cluster.node();
    node.expose('Elixir.MyApp.Calc', {
      'add/2': (a: number, b: number) => a + b,
      'echo/1': (x) => x,
      'zero/0': () => 0,
      'fail/1': fail,
      'slow/2': (ms: number, value) => delay(ms, value),
    });
  });
  afterAll(() => cluster.stop());

  test.each(EXPRESSIONS)('%s', async (expression) => {
    const [expected, found] = [await outcome(expression, peer.name), await outcome(expression, node.name)];
    expect(found).toBe(expected);
    expect(found).not.toBe(':nothing');
  });

  test('reach functions that have an effect', async () => {
    const seen: string[] = [];
    using _ = node.expose('Elixir.Note', { down: (text) => void seen.push(String(text)) });
    await caller.elixir.evaluate(`n = :"${node.name}"
      :erpc.cast(n, Note, :down, ["erpc"]); :rpc.cast(n, Note, :down, ["rpc"]); Node.spawn(n, Note, :down, ["spawn"])`);
    await until('all', () => seen.length === 3);
    expect(seen.sort()).toEqual(['erpc', 'rpc', 'spawn']);
  });

  test.each(['spawn', 'rex'] as const)('made to Elixir via %s', async (via) => {
    expect(await node.rpc(peer.name, 'Elixir.MyApp.Calc', 'add', [1, 2], { via })).toBe(3);
    expect(await node.rpc(peer.name, 'Elixir.String', 'upcase', ['text'], { via })).toEqual(Buffer.from('TEXT'));
    expect(await node.rpc(peer.name, 'Elixir.Enum', 'zip', [[1], [2]], { via })).toEqual([tuple(1, 2)]);
    await node.rpc(peer.name, 'Elixir.IO', 'puts', [`printed via ${via}`], { via });
    await until('the text', async () => {
      await peer.elixir.evaluate(':ok');
      return peer.elixir.log.includes(`printed via ${via}`);
    });
  });
});
