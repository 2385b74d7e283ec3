/** GenServers of Elixir called from here, and servers of the node called from Elixir. */
import { beforeEach, describe, expect, test } from 'vitest';
import {
  ANY,
  atom,
  format,
  type HiddenNode,
  type HiddenNodeError,
  matches,
  registered,
  type Term,
  Tuple,
  tuple,
} from '../../lib/index.ts';
import { useElixir } from '../helpers/cluster.ts';
import { describeElixirs } from '../helpers/releases.ts';
import { failure } from '../helpers/until.ts';

const STACK = `
  defmodule Stack do
    use GenServer
    def init(items), do: {:ok, items}
    def handle_call(:pop, _from, [item | rest]), do: {:reply, {:ok, item}, rest}
    def handle_call(:pop, _from, []), do: {:reply, nil, []}
    def handle_call(:crash, _from, _items), do: raise ArgumentError, "as asked"
    def handle_cast({:push, item}, items), do: {:noreply, [item | items]}
  end`;

describeElixirs('a GenServer', ({ otp, options }) => {
  const { cluster, beam } = useElixir(async ({ elixir }) => {
    await elixir.evaluate(`${STACK}\nnil`);
  }, options);
  let node: HiddenNode;

  beforeEach(async () => {
    node = await cluster.node();
  });

  const evaluate = (code: string) =>
    beam.elixir.evaluate(code.replaceAll('Calc', `{:calc, :"${node.name}"}`).replaceAll('JS', `:"${node.name}"`));

  function serve() {
    return node.serve('calc', {
      async call(request) {
        const [op, a, b] = request instanceof Tuple ? (request.elements as [Term, number, number]) : [request, 0, 0];
        if (op !== atom('add')) throw new TypeError(`there is no ${op}`);
        return a + b;
      },
      cast(request) {
        node.send(registered('shell', beam.name), tuple(atom('cast'), request));
      },
      state: () => ({ total: 7 }),
    });
  }

  describe('of Elixir', () => {
    test('answers and takes casts', async () => {
      await evaluate('{:ok, pid} = GenServer.start(Stack, [], name: :stack); pid');
      const stack = registered('stack', beam.name);
      node.cast(stack, tuple(atom('push'), 'one'));
      node.cast(stack, tuple(atom('push'), [2, { three: 3.5 }]));
      expect(format(await node.call(stack, atom('pop')))).toBe('{ok,[2,#{three => 3.5}]}');
      expect(format(await node.call(stack, atom('pop')))).toBe('{ok,<<"one">>}');
      expect(await node.call(stack, atom('pop'))).toBe(null);
      const { replies, failed } = await node.multiCall([beam.name, node.name], 'stack', atom('pop'));
      expect([...replies]).toEqual([[beam.name, null]]);
      expect([...failed.keys()]).toEqual([node.name]);
      const error = (await failure(node.call(stack, atom('crash')))) as HiddenNodeError;
      expect(error.code).toBe('process_down');
      const raised = { __exception__: true, __struct__: atom('Elixir.ArgumentError'), message: 'as asked' };
      const frame = tuple(atom('Elixir.Stack'), atom('handle_call'), 3, ANY);
      const [exception, [innermost]] = (error.facts.reason as Tuple<[Term, Term[]]>).elements;
      expect(matches(raised, exception)).toBe(true);
      expect(matches(frame, innermost)).toBe(true);
    });

    test('an Agent is one too', async () => {
      await evaluate('{:ok, _} = Agent.start(fn -> 41 end, name: :agent); nil');
      const call = tuple(atom('get'), tuple(atom('Elixir.Kernel'), atom('+'), [1]));
      expect(await node.call(registered('agent', beam.name), call)).toBe(42);
    });
  });

  describe('in JavaScript', () => {
    test('answers GenServer.call and GenServer.multi_call', async () => {
      serve();
      expect(await evaluate('GenServer.call(Calc, {:add, 1, 2})')).toBe('3');
      expect(await evaluate('GenServer.call(Calc, {:add, 20, 3}, :infinity)')).toBe('23');
      expect(await evaluate('GenServer.multi_call([JS, node()], :calc, {:add, 4, 5})')).toBe(
        `{["${node.name}": 9], [:"${beam.name}"]}`,
      );
      expect(await evaluate('GenServer.multi_call([JS], :calc, {:add, 4, 5}, 5_000)')).toBe(
        `{["${node.name}": 9], []}`,
      );
    });

    test('takes GenServer.cast', async () => {
      serve();
      await evaluate('Process.register(self(), :shell)');
      expect(await evaluate('GenServer.cast(Calc, {:put, "x"})')).toBe(':ok');
      expect(await evaluate('receive do message -> message after 5_000 -> :silence end')).toBe('{:cast, {:put, "x"}}');
      await evaluate('Process.unregister(:shell)');
    });

    test('an error is shown with its message and where it was thrown', async () => {
      const server = serve();
      const exits = 'try do GenServer.call(Calc, {:sub, 1, 2}) catch :exit, reason -> reason end';
      expect(await evaluate(`${exits} |> elem(1)`)).toBe(
        `{GenServer, :call, [{:calc, :"${node.name}"}, {:sub, 1, 2}, 5000]}`,
      );
      expect(await evaluate(`${exits} |> elem(0) |> elem(0)`)).toBe('{:js_error, "TypeError", "there is no sub"}');
      const shown = await evaluate(`Exception.format_exit(${exits})`);
      expect(shown).toContain('** (EXIT) an exception was raised:');
      expect(shown).toContain('there is no sub');
      expect(shown).toContain('elixir-gen-server.test.ts:');
      expect(server.closed).toBe(false);
      expect(await evaluate('GenServer.multi_call([JS], :calc, :bad)')).toBe(`{[], [:"${node.name}"]}`);
      const left = 'receive do stray -> stray after 0 -> Process.info(self(), :monitors) end';
      expect(await evaluate(left)).toBe('{:monitors, []}');
    });

    test('is monitored, and stopped by GenServer.stop', async () => {
      const server = serve();
      await evaluate('ref = Process.monitor(Calc)');
      expect(await evaluate(':sys.get_state(Calc)')).toBe(otp < 27 ? '{:ok, %{total: 7}}' : '%{total: 7}');
      expect(await evaluate('GenServer.stop(Calc, :shutdown)')).toBe(':ok');
      expect(await evaluate('receive do {:DOWN, ^ref, :process, who, why} -> {who, why} after 5_000 -> nil end')).toBe(
        `{{:calc, :"${node.name}"}, :shutdown}`,
      );
      expect(await server.ended).toMatchObject({ code: 'mailbox_closed' });
      expect(await evaluate('try do GenServer.call(Calc, 1) catch :exit, {why, _} -> why end')).toBe(':noproc');
    });
  });
});
