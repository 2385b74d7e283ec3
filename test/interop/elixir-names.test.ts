/** Global names and process groups, shared with Elixir; and the groups of Phoenix.PubSub, whose way of using `pg` is rebuilt here. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ANY, atom, type HiddenNode, type Term, type Tuple, tuple } from '../../lib/index.ts';
import { useElixir } from '../helpers/cluster.ts';
import { describeElixirs } from '../helpers/releases.ts';
import { until } from '../helpers/until.ts';

/**
 * What Phoenix.PubSub 2.1 does with its adapter PG2: a process for each member of a pool joins a group of the scope Phoenix.PubSub; who
 * broadcasts sends to the members on other nodes, which hand on to the subscribers of their own.
 */
const PUBSUB = `
  defmodule Worker do
    use GenServer
    def start_link({name, group}), do: GenServer.start_link(__MODULE__, {name, group}, name: group)
    def init({name, group}) do
      :ok = :pg.join(Phoenix.PubSub, group, self())
      {:ok, name}
    end
    def handle_info({:forward_to_local, topic, message, dispatcher}, name) do
      PubSub.local(name, topic, message, dispatcher)
      {:noreply, name}
    end
  end
  defmodule PubSub do
    def start(name, groups) do
      {:ok, _} = :pg.start(Phoenix.PubSub)
      {:ok, _} = Registry.start_link(keys: :duplicate, name: name)
      for group <- groups, do: {:ok, _} = Worker.start_link({name, group})
      :ok
    end
    def subscribe(name, topic), do: {:ok, _} = Registry.register(name, topic, [])
    def broadcast(name, group, topic, message) do
      for pid <- :pg.get_members(Phoenix.PubSub, group), node(pid) != node() do
        send(pid, {:forward_to_local, topic, message, Phoenix.PubSub})
      end
      local(name, topic, message, Phoenix.PubSub)
    end
    def direct_broadcast(group, node, topic, message) do
      send({group, node}, {:forward_to_local, topic, message, Phoenix.PubSub})
    end
    def local(name, topic, message, Phoenix.PubSub) do
      Registry.dispatch(name, topic, fn entries -> for {pid, _} <- entries, do: send(pid, message) end)
    end
  end`;

const ADAPTER = 'Elixir.MyApp.PubSub.Adapter';
const FORWARD = atom('forward_to_local');

describeElixirs('a cluster of Elixir', ({ options }) => {
  const { cluster, beam } = useElixir((peer) => peer.elixir.evaluate(PUBSUB), options);
  let node: HiddenNode;

  beforeEach(async () => {
    node = await cluster.node();
    await node.connect(beam.name);
  });
  afterEach(() => cluster.stopNodes());

  test('finds, sends to and calls a global name, and has names of its own', async () => {
    const server = node.serve(undefined, { call: (request) => tuple(atom('served'), request) });
    await node.global.register(atom('calc'), server);
    expect(await beam.elixir.evaluate('node(:global.whereis_name(:calc))')).toBe(`:"${node.name}"`);
    expect(await beam.elixir.evaluate('GenServer.call({:global, :calc}, {:add, 1})')).toBe('{:served, {:add, 1}}');
    expect(await beam.elixir.evaluate('GenServer.whereis({:global, :calc}) == :global.whereis_name(:calc)')).toBe(
      'true',
    );
    await node.global.unregister(atom('calc'));
    expect(await beam.elixir.evaluate('GenServer.whereis({:global, :calc})')).toBe('nil');

    await beam.elixir.evaluate('{:ok, agent} = Agent.start(fn -> 41 end, name: {:global, "agent"}); :ok');
    const agent = await node.global.whereis('agent');
    expect(agent!.node.name).toBe(beam.name);
    expect(await node.global.names()).toEqual([Buffer.from('agent')]);
    await beam.elixir.evaluate('Agent.stop({:global, "agent"})');
    await until('the name to be free', async () => (await node.global.whereis('agent')) === undefined);
  });

  test('shares process groups', async () => {
    await beam.elixir.evaluate('{:ok, _} = :pg.start(MyScope); :ok = :pg.join(MyScope, {:room, "a"}, self())');
    const scope = node.pg('Elixir.MyScope');
    const inbox = node.mailbox();
    const room = tuple(atom('room'), 'a');
    scope.join(room, inbox);
    await until('both', () => scope.members(room).length === 2);
    await beam.elixir.evaluateUntil('length(:pg.get_members(MyScope, {:room, "a"}))', '2');
    await beam.elixir.evaluate('for pid <- :pg.get_members(MyScope, {:room, "a"}), do: send(pid, "hello")');
    expect(await inbox.receive({ timeout: 5_000 })).toEqual(Buffer.from('hello'));
    scope.broadcast(room, 'and back');
    expect(await beam.elixir.evaluate('receive do "and back" -> :got after 10_000 -> :nothing end')).toBe(':got');
    inbox.close();
    await beam.elixir.evaluateUntil('length(:pg.get_members(MyScope, {:room, "a"}))', '1');
    await beam.elixir.evaluate('GenServer.stop(MyScope)');
  });

  test('with Phoenix.PubSub: what is broadcast reaches a mailbox, and what it sends reaches subscribers', async () => {
    await beam.elixir.evaluate('PubSub.start(MyApp.PubSub, [MyApp.PubSub.Adapter, :"Elixir.MyApp.PubSub.Adapter_2"])');
    await beam.elixir.evaluate('PubSub.subscribe(MyApp.PubSub, "user:1")');
    const scope = node.pg('Elixir.Phoenix.PubSub');
    const groups = [atom(ADAPTER), atom(`${ADAPTER}_2`)];
    const inbox = node.mailbox(ADAPTER);
    for (const group of groups) scope.join(group, inbox);
    await until('the workers', () => groups.every((group) => scope.members(group).length === 2));

    const next = () =>
      inbox.receive<Tuple<Term[]>>({ match: tuple(FORWARD, ANY, ANY, atom('Elixir.Phoenix.PubSub')), timeout: 5_000 });
    for (const group of ['MyApp.PubSub.Adapter', ':"Elixir.MyApp.PubSub.Adapter_2"']) {
      await beam.elixir.evaluateUntil(`length(:pg.get_members(Phoenix.PubSub, ${group}))`, '2');
      await beam.elixir.evaluate(`PubSub.broadcast(MyApp.PubSub, ${group}, "user:1", {:updated, 1})`);
      const [, topic, message] = await next();
      expect([topic, message]).toEqual([Buffer.from('user:1'), tuple(atom('updated'), 1)]);
      expect(await beam.elixir.evaluate('receive do {:updated, 1} -> :got after 10_000 -> :nothing end')).toBe(':got');
    }
    await beam.elixir.evaluate(`PubSub.direct_broadcast(MyApp.PubSub.Adapter, :"${node.name}", "user:2", :direct)`);
    const [, topic, message] = await next();
    expect([topic, message]).toEqual([Buffer.from('user:2'), atom('direct')]);

    const published = tuple(FORWARD, 'user:1', 'from js', atom('Elixir.Phoenix.PubSub'));
    for (const pid of scope.members(groups[0]!)) if (!pid.equals(inbox.pid)) inbox.send(pid, published);
    expect(await beam.elixir.evaluate('receive do "from js" -> :got after 10_000 -> :nothing end')).toBe(':got');
  });
});
