/** Elixir on each release of Erlang/OTP, and mailboxes of a node here. */
import { beforeEach, expect, test } from 'vitest';
import {
  ANY,
  atom,
  charlist,
  format,
  type HiddenNode,
  type HiddenNodeError,
  type Mailbox,
  type Pid,
  registered,
  type Term,
  type Tuple,
  tuple,
} from '../../lib/index.ts';
import { useElixir } from '../helpers/cluster.ts';
import { describeElixirs } from '../helpers/releases.ts';
import { failure } from '../helpers/until.ts';

describeElixirs('a node', ({ elixir: version, options }) => {
  const { cluster, beam } = useElixir((peer) => peer.elixir.evaluate('Process.register(self(), :shell)'), options);
  let node: HiddenNode;
  let inbox: Mailbox;

  beforeEach(async () => {
    node = await cluster.node();
    inbox = node.mailbox('inbox');
    await node.connect(beam.name);
  });

  /** Sends to the process that evaluates, which takes it out of its mailbox, prints it, and binds it to `message`. */
  async function told(message: Parameters<Mailbox['send']>[1]): Promise<string> {
    inbox.send(registered('shell', beam.name), tuple(atom('told'), message));
    return beam.elixir.evaluate('message = receive do {:told, message} -> message after 10_000 -> :silence end');
  }

  /** The answer comes behind what was sent before, so the node has heard that too. */
  const settled = () => beam.elixir.evaluate(`Node.ping(:"${node.name}")`);

  test('runs on this version', async () => {
    expect(await beam.elixir.evaluate('System.version()')).toBe(`"${version}"`);
  });

  test('connects, is pinged and is hidden there', async () => {
    // The peer finishes its side of the handshake a moment after this one.
    await beam.elixir.evaluateUntil('{Node.list(:hidden), Node.list()}', `{[:"${node.name}"], []}`);
    await node.disconnect(beam.name);
    await beam.elixir.evaluateUntil('Node.list(:hidden)', '[]');
    expect(await beam.elixir.evaluate(`Node.connect(:"${node.name}")`)).toBe('true');
    expect(await beam.elixir.evaluate(`Node.ping(:"${node.name}")`)).toBe(':pong');
    expect(await node.ping(beam.name)).toBe(true);
  });

  test.each<[string, string, Term]>([
    ['a string', '"grüße"', Buffer.from('grüße')],
    ['nil and booleans', '[nil, true, false]', [null, true, false]],
    ['numbers', '{1, 2.5, 123456789012345678901234567890}', tuple(1, 2.5, 123456789012345678901234567890n)],
    ['atoms and modules', '{:ok, Enum}', tuple(atom('ok'), atom('Elixir.Enum'))],
    ['a map', '%{name: "x"}', new Map([[atom('name'), Buffer.from('x')]])],
    ['a keyword list', '[a: 1, b: 2]', [tuple(atom('a'), 1), tuple(atom('b'), 2)]],
  ])('%s there and back', async (_, source, value) => {
    await beam.elixir.evaluate(`send({:inbox, :"${node.name}"}, ${source})`);
    expect(await inbox.receive({ timeout: 5_000 })).toEqual(value);
    expect(await told(value)).toBe(source);
  });

  test('a charlist and a struct keep what they are', async () => {
    expect(await told(charlist('abc'))).toMatch(/^(~c"abc"|'abc')$/);
    await beam.elixir.evaluate(`send({:inbox, :"${node.name}"}, %{range: 1..3, date: ~D[2026-11-20]})`);
    const structs = await inbox.receive({ timeout: 5_000 });
    expect(format(structs)).toContain("'__struct__' => 'Elixir.Range'");
    expect(await told(structs)).toBe('%{date: ~D[2026-11-20], range: 1..3}');
  });

  test('messages to a pid and to a name, in order', async () => {
    await told(inbox.pid);
    await beam.elixir.evaluate(
      `for n <- 1..200, do: (send({:inbox, :"${node.name}"}, {:name, n}); send(message, {:pid, n}))`,
    );
    for (let n = 1; n <= 200; n++) {
      expect(await inbox.receive({ timeout: 5_000 })).toEqual(tuple(atom('name'), n));
      expect(await inbox.receive({ timeout: 5_000 })).toEqual(tuple(atom('pid'), n));
    }
  });

  test('calls of Elixir functions', async () => {
    expect(await node.rpc(beam.name, 'Elixir.Enum', 'sum', [[1, 2, 3]])).toBe(6);
    expect(await node.rpc(beam.name, 'Elixir.String', 'upcase', ['grüße'])).toEqual(Buffer.from('GRÜSSE'));
    const error = (await failure(node.rpc(beam.name, 'Elixir.Enum', 'fetch!', [[], 0]))) as HiddenNodeError;
    expect(error.code).toBe('badrpc');
    expect(format(error.facts.reason as Term)).toContain("'__struct__' => 'Elixir.Enum.OutOfBoundsError'");
  });

  test('Process.monitor of a mailbox', async () => {
    await told(inbox.pid);
    await beam.elixir.evaluate('reference = Process.monitor(message)');
    await settled();
    inbox.close(atom('closed_it'));
    const down = 'receive do {:DOWN, ^reference, :process, ^message, reason} -> reason after 10_000 -> :silence end';
    expect(await beam.elixir.evaluate(down)).toBe(':closed_it');
  });

  test('Process.link with a mailbox', async () => {
    await told(inbox.pid);
    await beam.elixir.evaluate('(Process.flag(:trap_exit, true); Process.link(message))');
    await settled();
    inbox.close(tuple(atom('tired'), 1));
    const exit = 'receive do {:EXIT, ^message, reason} -> reason after 10_000 -> :silence end';
    expect(await beam.elixir.evaluate(exit)).toBe('{:tired, 1}');
  });

  test('a monitor and a link from here', async () => {
    inbox.trapExit = true;
    const spawned = await node.rpc(beam.name, 'Elixir.Agent', 'start', [atom('Elixir.Map'), atom('new'), []]);
    const [ok, agent] = (spawned as Tuple<[Term, Pid]>).elements;
    expect(ok).toBe(atom('ok'));
    const reference = inbox.monitor(agent);
    inbox.link(agent);
    await node.rpc(beam.name, 'Elixir.Agent', 'stop', [agent, atom('shutdown')]);
    const down = tuple(atom('DOWN'), reference, atom('process'), agent, atom('shutdown'));
    expect(await inbox.receive({ match: tuple(atom('DOWN'), ANY, ANY, ANY, ANY), timeout: 5_000 })).toEqual(down);
    expect(await inbox.receive({ match: tuple(atom('EXIT'), ANY, ANY), timeout: 5_000 })).toEqual(
      tuple(atom('EXIT'), agent, atom('shutdown')),
    );
  });
});
