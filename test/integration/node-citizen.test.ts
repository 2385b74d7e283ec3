/** What a cluster of real Erlang nodes sees of a node of the library. */
import { describe, expect, test } from 'vitest';
import { atom, format, type HiddenNode, type Mailbox, tuple } from '../../lib/index.ts';
import { useCluster } from '../helpers/cluster.ts';
import { until } from '../helpers/until.ts';

const { cluster, beam } = useCluster();

async function connectedNode(): Promise<HiddenNode> {
  const node = await cluster.node();
  await node.connect(beam.name);
  return node;
}

/** Erlang source of a pid of ours: sent over, because a pid cannot be written down. */
async function tellPid(node: HiddenNode, inbox: Mailbox, name: string): Promise<void> {
  await node.rpc(beam.name, 'persistent_term', 'put', [atom(name), inbox.pid]);
}

/** Monitors `target`, does `then`, and gives what DOWN says of it. */
async function down(target: string, then: () => unknown = () => undefined): Promise<string> {
  await beam.erlang.evaluate(`put(monitor, monitor(process, ${target})), ok`);
  await then();
  return beam.erlang.evaluate(
    "(fun(M) -> receive {'DOWN', M, process, Object, Reason} -> {Object, Reason} after 10000 -> silence end end)(get(monitor))",
  );
}

describe('connections', () => {
  test('Erlang connects to the node, which is hidden there', async () => {
    const node = await cluster.node();
    expect(await beam.erlang.evaluate(`net_kernel:connect_node('${node.name}')`)).toBe('true');
    expect(await beam.erlang.evaluate('{nodes(hidden), nodes()}')).toBe(`{['${node.name}'],[]}`);
    await until('the link here', () => node.nodes().includes(beam.name));
  });

  test('net_adm:ping answers pong, and pang after the node has stopped', async () => {
    const node = await cluster.node();
    expect(await beam.erlang.evaluate(`net_adm:ping('${node.name}')`)).toBe('pong');
    await node.stop();
    expect(await beam.erlang.evaluate(`net_adm:ping('${node.name}')`)).toBe('pang');
  });

  test('a stopped node is gone from nodes(hidden), and from EPMD', async () => {
    const node = await connectedNode();
    await beam.erlang.evaluateUntil('nodes(hidden)', `['${node.name}']`);
    await node.stop();
    await beam.erlang.evaluateUntil('nodes(hidden)', '[]');
    const alive = node.name.split('@')[0];
    expect(await beam.erlang.evaluate(`lists:keymember("${alive}", 1, element(2, net_adm:names()))`)).toBe('false');
  });

  test('net_kernel:monitor_nodes tells that the node comes and goes', async () => {
    await beam.erlang.evaluate('net_kernel:monitor_nodes(true, [{node_type, hidden}])');
    const node = await connectedNode();
    await node.disconnect(beam.name);
    const next = '(fun() -> receive {Event, Node, _} -> {Event, Node} after 10000 -> silence end end)()';
    expect(await beam.erlang.evaluate(next)).toBe(`{nodeup,'${node.name}'}`);
    expect(await beam.erlang.evaluate(next)).toBe(`{nodedown,'${node.name}'}`);
    await beam.erlang.evaluate('net_kernel:monitor_nodes(false, [{node_type, hidden}])');
  });

  test('erlang:disconnect_node ends the link on both sides', async () => {
    const node = await connectedNode();
    expect(await beam.erlang.evaluate(`erlang:disconnect_node('${node.name}')`)).toBe('true');
    await until('the link to be gone', () => node.nodes().length === 0);
  });
});

describe('messages', () => {
  test('to a registered name and to a pid arrive in the order in which they were sent', async () => {
    const node = await connectedNode();
    const inbox = node.mailbox('inbox');
    await tellPid(node, inbox, 'inbox_pid');
    await beam.erlang.evaluate(
      `[begin {inbox, '${node.name}'} ! {name, N}, persistent_term:get(inbox_pid) ! {pid, N} end || N <- lists:seq(1, 500)]`,
    );
    for (let n = 1; n <= 500; n++) {
      expect(await inbox.receive({ timeout: 5_000 })).toEqual(tuple(atom('name'), n));
      expect(await inbox.receive({ timeout: 5_000 })).toEqual(tuple(atom('pid'), n));
    }
  });

  test('a send from Erlang connects first', async () => {
    const node = await cluster.node();
    const inbox = node.mailbox('inbox');
    await beam.erlang.evaluate(`{inbox, '${node.name}'} ! {hello, self()}`);
    const hello = await inbox.receive({ timeout: 5_000 });
    expect(format(hello)).toMatch(/^\{hello,<.*>\}$/);
  });

  test('a pid of this node is printed, compared and sent back by Erlang as the same', async () => {
    const node = await connectedNode();
    const inbox = node.mailbox();
    await tellPid(node, inbox, 'same_pid');
    expect(await beam.erlang.evaluate('node(persistent_term:get(same_pid))')).toBe(`'${node.name}'`);
    const back = await node.rpc(beam.name, 'persistent_term', 'get', [atom('same_pid')]);
    expect(back).toEqual(inbox.pid);
  });

  test('a traced message arrives: the trace token is read over', async () => {
    const node = await connectedNode();
    const inbox = node.mailbox('traced');
    await beam.erlang.evaluate(
      `begin seq_trace:set_token(label, 17), {traced, '${node.name}'} ! marked, seq_trace:set_token([]) end`,
    );
    expect(await inbox.receive({ timeout: 5_000 })).toBe(atom('marked'));
  });
});

describe('monitors', () => {
  test('of a registered name: DOWN with normal when its mailbox closes', async () => {
    const node = await connectedNode();
    const inbox = node.mailbox('watched');
    // The round trip makes sure that the monitor is here before the mailbox closes.
    const close = async () => {
      await beam.erlang.evaluate(`net_adm:ping('${node.name}')`);
      inbox.close();
    };
    expect(await down(`{watched, '${node.name}'}`, close)).toBe(`{{watched,'${node.name}'},normal}`);
  });

  test('of a pid: DOWN with normal when its mailbox closes', async () => {
    const node = await connectedNode();
    const inbox = node.mailbox();
    await tellPid(node, inbox, 'watched_pid');
    const close = async () => {
      await beam.erlang.evaluate(`net_adm:ping('${node.name}')`);
      inbox.close();
    };
    expect(await down('persistent_term:get(watched_pid)', close)).toMatch(/^\{<.*>,normal\}$/);
  });

  test('of an unknown name and of an ended process: DOWN with noproc at once', async () => {
    const node = await connectedNode();
    expect(await down(`{nobody, '${node.name}'}`)).toBe(`{{nobody,'${node.name}'},noproc}`);
    const inbox = node.mailbox();
    await tellPid(node, inbox, 'dead_pid');
    inbox.close();
    expect(await down('persistent_term:get(dead_pid)')).toMatch(/^\{<.*>,noproc\}$/);
  });

  test('of a live name: DOWN with noconnection when the link is closed', async () => {
    const node = await connectedNode();
    node.mailbox('cut');
    const cut = async () => {
      await beam.erlang.evaluate(`net_adm:ping('${node.name}')`);
      await node.disconnect(beam.name);
    };
    expect(await down(`{cut, '${node.name}'}`, cut)).toBe(`{{cut,'${node.name}'},noconnection}`);
  });

  test('a monitor that was taken back tells nothing', async () => {
    const node = await connectedNode();
    const inbox = node.mailbox('unwatched');
    await beam.erlang.evaluate(`demonitor(monitor(process, {unwatched, '${node.name}'}), [flush])`);
    await beam.erlang.evaluate(`net_adm:ping('${node.name}')`);
    inbox.close();
    await beam.erlang.evaluate(`net_adm:ping('${node.name}')`);
    expect(
      await beam.erlang.evaluate("(fun() -> receive {'DOWN', _, _, _, _} -> told after 0 -> silence end end)()"),
    ).toBe('silence');
  });

  test('a monitor whose link was lost is forgotten', async () => {
    const node = await connectedNode();
    const inbox = node.mailbox('forgetful');
    await beam.erlang.evaluate(`put(old, monitor(process, {forgetful, '${node.name}'}))`);
    await beam.erlang.evaluate(`net_adm:ping('${node.name}')`);
    await node.disconnect(beam.name);
    await node.connect(beam.name);
    const before = node.stats()[beam.name]!.messagesOut;
    inbox.close();
    expect(node.stats()[beam.name]!.messagesOut).toBe(before);
    await beam.erlang.evaluate('demonitor(get(old), [flush])');
  });

  test('many watchers of one mailbox are all told', async () => {
    const node = await connectedNode();
    const inbox = node.mailbox('popular');
    await beam.erlang.evaluate(
      `put(monitors, [monitor(process, {popular, '${node.name}'}) || _ <- lists:seq(1, 100)]), ok`,
    );
    await beam.erlang.evaluate(`net_adm:ping('${node.name}')`);
    inbox.close();
    expect(
      await beam.erlang.evaluate(
        "length([told || M <- get(monitors), receive {'DOWN', M, _, _, normal} -> true after 10000 -> false end])",
      ),
    ).toBe('100');
  });
});

describe('calls from Erlang that the node does not serve', () => {
  test('gen_server:call to an unknown name exits with noproc, as on any node', async () => {
    const node = await connectedNode();
    const call = `element(2, catch gen_server:call({nobody, '${node.name}'}, hello, 10000))`;
    expect(await beam.erlang.evaluate(call)).toMatch(/^\{noproc,/);
  });

  test('rpc:call answers undef at once, and does not hang', async () => {
    const node = await connectedNode();
    expect(await beam.erlang.evaluate(`rpc:call('${node.name}', erlang, node, [], 20000)`)).toBe(
      "{badrpc,{'EXIT',{undef,[{erlang,node,[],[]}]}}}",
    );
  });

  test('linking to a process and taking the link back leaves the connection alone', async () => {
    const node = await connectedNode();
    const inbox = node.mailbox('linked');
    await tellPid(node, inbox, 'linked_pid');
    await beam.erlang.evaluate(
      '[begin link(persistent_term:get(linked_pid)), unlink(persistent_term:get(linked_pid)) end || _ <- lists:seq(1, 20)]',
    );
    await beam.erlang.evaluate(`{linked, '${node.name}'} ! still_here`);
    expect(await inbox.receive({ timeout: 5_000 })).toBe(atom('still_here'));
  });
});
