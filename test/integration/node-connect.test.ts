/** Connecting and disconnecting, from the side of the library. */
import { once } from 'node:events';
import { connect as connectSocket, createServer, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { atom, HiddenNode, registered, tuple } from '../../lib/index.ts';
import { uniqueName, useCluster } from '../helpers/cluster.ts';
import { HandmadeListener } from '../helpers/handmade-peer.ts';
import { failure, until } from '../helpers/until.ts';

const { cluster, beam } = useCluster();

/** Collects what a node tells of its links. */
function journal(node: HiddenNode): string[] {
  const lines: string[] = [];
  node.on('nodeup', (name) => lines.push(`up ${name}`));
  node.on('nodedown', (name, reason) => lines.push(`down ${name} ${reason.code}`));
  node.on('linkfailed', (name, reason, lost) => lines.push(`failed ${name} ${reason.code} ${lost}`));
  return lines;
}

describe('connect', () => {
  test('opens a link, tells so, and is idempotent', async () => {
    const node = await cluster.node();
    const lines = journal(node);
    await node.connect(beam.name);
    await node.connect(beam.name);
    expect(node.nodes()).toEqual([beam.name]);
    expect(lines).toEqual([`up ${beam.name}`]);
  });

  test('callers at the same time share one attempt and one link', async () => {
    const node = await cluster.node();
    const lines = journal(node);
    await Promise.all(Array.from({ length: 50 }, () => node.connect(beam.name)));
    expect(lines).toEqual([`up ${beam.name}`]);
    expect(await beam.erlang.evaluate(`[N || N <- nodes(hidden), N =:= '${node.name}']`)).toBe(`['${node.name}']`);
  });

  test('to itself is nothing to do, and a node pings itself', async () => {
    const node = await cluster.node();
    await node.connect(node.name);
    expect(await node.ping(node.name)).toBe(true);
    expect(node.nodes()).toEqual([]);
  });

  test('a caller that gives up leaves the attempt to the others', async () => {
    const node = await cluster.node();
    const abort = new AbortController();
    const impatient = node.connect(beam.name, { signal: abort.signal });
    const patient = node.connect(beam.name);
    abort.abort();
    expect(await failure(impatient)).toMatchObject({ code: 'aborted' });
    await patient;
    expect(node.nodes()).toEqual([beam.name]);
  });

  test('a signal that has fired already rejects without an attempt', async () => {
    const node = await cluster.node();
    expect(await failure(node.connect(beam.name, { signal: AbortSignal.abort() }))).toMatchObject({ code: 'aborted' });
    expect(node.nodes()).toEqual([]);
  });

  test('an abort during a silent handshake ends it, and closes the socket', async () => {
    const closed: Promise<unknown>[] = [];
    await using silent = await HandmadeListener.start((socket) => {
      socket.resume();
      closed.push(once(socket, 'close'));
    });
    const node = await cluster.node();
    const abort = new AbortController();
    const attempt = node.connect(uniqueName('silent'), {
      port: silent.port,
      signal: abort.signal,
      timeout: 600_000,
    });
    await until('the connection', () => silent.connections === 1);
    abort.abort(new Error('enough'));
    expect(await failure(attempt)).toMatchObject({ code: 'aborted' });
    await closed[0];
  });

  test('several nodes in one process reach the same peer', async () => {
    const nodes = await Promise.all([cluster.node(), cluster.node(), cluster.node()]);
    const names = await Promise.all(nodes.map((node) => node.rpc(beam.name, 'erlang', 'node')));
    expect(names).toEqual([atom(beam.name), atom(beam.name), atom(beam.name)]);
    for (const node of nodes) await beam.erlang.evaluateUntil(`lists:member('${node.name}', nodes(hidden))`, 'true');
  });

  test('two nodes of the library meet like any other two', async () => {
    const [a, b] = [await cluster.node(), await cluster.node()];
    const inbox = b.mailbox('inbox');
    await a.connect(b.name);
    await until('the link on the other side', () => b.nodes().includes(a.name));
    a.send(registered('inbox', b.name), 'from a');
    expect(await inbox.receive({ timeout: 5_000 })).toEqual(Buffer.from('from a'));
    expect(await b.ping(a.name)).toBe(true);
  });

  test('a node that does not listen still connects, and is called back over its link', async () => {
    const node = await cluster.node({ listen: false });
    expect(node.port).toBeUndefined();
    expect(node.registeredInEpmd).toBe(false);
    await node.connect(beam.name);
    expect(await beam.erlang.evaluate(`net_adm:ping('${node.name}')`)).toBe('pong');
  });

  test('after the peer has been killed and started again, connects to the new one', async () => {
    const first = await cluster.beam();
    const node = await cluster.node();
    const lines = journal(node);
    await node.connect(first.name);
    await first.erlang.stop();
    await until('the link to be gone', () => node.nodes().length === 0);
    await cluster.beam({ name: first.name });
    await node.connect(first.name);
    expect(lines).toEqual([`up ${first.name}`, `down ${first.name} noconnection`, `up ${first.name}`]);
  });
});

describe('disconnect', () => {
  test('closes the link on both sides, after what was sent has arrived', async () => {
    const node = await cluster.node();
    const lines = journal(node);
    await node.connect(beam.name);
    await beam.erlang.evaluate('ets:new(casts, [named_table, public])');
    const count = [atom('casts'), atom('all'), 1, tuple(atom('all'), 0)];
    for (let n = 1; n <= 1000; n++) node.rpcCast(beam.name, 'ets', 'update_counter', count);
    expect(await node.disconnect(beam.name)).toBe(true);
    expect(lines).toEqual([`up ${beam.name}`, `down ${beam.name} disconnected`]);
    expect(node.nodes()).toEqual([]);
    await beam.erlang.evaluateUntil(`lists:member('${node.name}', nodes(hidden))`, 'false');
    await beam.erlang.evaluateUntil('ets:lookup(casts, all)', '[{all,1000}]');
  });

  test('answers false when there is no link', async () => {
    const node = await cluster.node();
    expect(await node.disconnect(beam.name)).toBe(false);
    expect(await node.disconnect('never@heard.of')).toBe(false);
  });

  test('ends an attempt that is under way', async () => {
    await using silent = await HandmadeListener.start();
    const node = await cluster.node();
    const peer = uniqueName('silent');
    const attempt = failure(node.connect(peer, { port: silent.port }));
    await until('the connection', () => silent.connections === 1);
    expect(await node.disconnect(peer)).toBe(false);
    expect(await attempt).toMatchObject({ code: 'disconnected', facts: { peer } });
  });
});

describe('ping', () => {
  test('is true for nodes that answer, and connects to them', async () => {
    const [node, other] = [await cluster.node(), await cluster.node()];
    expect(await node.ping(beam.name)).toBe(true);
    expect(await node.ping(other.name)).toBe(true);
    expect(node.nodes().sort()).toEqual([beam.name, other.name].sort());
  });

  test('is false for nodes that are unknown, or silent, or of another cookie', async () => {
    await using silent = await HandmadeListener.start();
    const node = await cluster.node({ hosts: { 'other.host': '127.0.0.1' } });
    const stranger = await cluster.beam({ cookie: 'another' });
    expect(await node.ping('nobody@127.0.0.1')).toBe(false);
    expect(await node.ping(stranger.name)).toBe(false);
    const quiet = await cluster.node({ listen: false, epmd: { port: silent.port } });
    expect(await quiet.ping('quiet@127.0.0.1', { timeout: 100 })).toBe(false);
  });

  test('rejects when it was asked wrongly or ended early', async () => {
    const node = await cluster.node();
    expect(await failure(node.ping('no node name'))).toMatchObject({ code: 'invalid_node_name' });
    expect(await failure(node.ping(beam.name, { timeout: -1 }))).toMatchObject({ code: 'invalid_argument' });
    expect(await failure(node.ping(beam.name, { signal: AbortSignal.abort() }))).toMatchObject({ code: 'aborted' });
  });
});

describe('an old connection of this node that the peer still holds', () => {
  test('gives way to the new one of the same name', async () => {
    const name = uniqueName('again');
    // The first connection goes through a relay that hides from the peer that its owner is gone.
    const relayed: Socket[] = [];
    const port = Number(
      await beam.erlang.evaluate(`element(2, erl_epmd:port_please("${beam.name.split('@')[0]}", "127.0.0.1"))`),
    );
    const relay = createServer((near) => {
      const far = connectSocket(port, '127.0.0.1');
      relayed.push(near, far);
      near.on('error', () => undefined);
      near.on('data', (bytes) => far.write(bytes));
      far.on('data', (bytes) => near.write(bytes));
    }).listen(0, '127.0.0.1');
    await once(relay, 'listening');
    const first = await HiddenNode.start(cluster.options({ name, listen: false }));
    try {
      await first.connect(beam.name, { port: (relay.address() as { port: number }).port });
      await first.stop();
      // The peer acknowledges the handshake before it lists us.
      await beam.erlang.evaluateUntil(`lists:member('${name}', nodes(hidden))`, 'true');
      const second = await cluster.node({ name, listen: false });
      expect(await second.rpc(beam.name, 'erlang', 'node')).toBe(atom(beam.name));
    } finally {
      for (const socket of relayed) socket.destroy();
      relay.close();
      await first.stop();
    }
  });
});
