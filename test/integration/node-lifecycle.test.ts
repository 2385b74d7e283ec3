/** Starting, stopping, and what a node says of itself. */
import { describe, expect, test } from 'vitest';
import { atom, type HiddenNode, names, registered } from '../../lib/index.ts';
import { uniqueName, useCluster } from '../helpers/cluster.ts';
import { HandmadeListener, HandmadePeer } from '../helpers/handmade-peer.ts';
import { failure, until } from '../helpers/until.ts';

const { cluster, beam } = useCluster();

async function registeredNames(): Promise<string[]> {
  return (await names({ host: '127.0.0.1', port: cluster.epmd.port })).map(({ name }) => name);
}

describe('start', () => {
  test('listens, registers, and says so', async () => {
    const name = uniqueName('js');
    const node = await cluster.node({ name });
    expect(node.name).toBe(name);
    expect(node.port).toBeGreaterThan(0);
    expect(node.registeredInEpmd).toBe(true);
    expect(node.creation).toBeGreaterThanOrEqual(4);
    expect(node.pid).toMatchObject({ node: atom(name), creation: node.creation });
    expect(await names({ host: '127.0.0.1', port: cluster.epmd.port })).toContainEqual({
      name: name.split('@')[0],
      port: node.port,
    });
  });

  test('listens where it is told to', async () => {
    const first = await cluster.node();
    await first.stop();
    const node = await cluster.node({ listen: { host: '127.0.0.1', port: first.port! } });
    expect(node.port).toBe(first.port);
    const taken = cluster.node({ listen: { port: node.port! } });
    expect(await failure(taken)).toMatchObject({
      code: 'listen_failed',
      facts: { port: node.port, errno: 'EADDRINUSE' },
    });
  });

  test('does not register when it is told not to', async () => {
    const node = await cluster.node({ epmd: { register: false } });
    expect(node.registeredInEpmd).toBe(false);
    expect(await registeredNames()).not.toContain(node.name.split('@')[0]);
  });

  test('two starts of one name have different creations, and pids of the first are dead in the second', async () => {
    const name = uniqueName('twice');
    const first = await cluster.node({ name });
    const old = first.mailbox().pid;
    await first.stop();
    const second = await cluster.node({ name });
    expect(second.creation).not.toBe(first.creation);
    const inbox = second.mailbox();
    second.send(old, 'to the dead');
    second.send(inbox.pid, 'to the living');
    expect(await inbox.receive({ timeout: 5_000 })).toEqual(Buffer.from('to the living'));
  });

  test.each([
    { netTickTime: 50 },
    { timeout: Number.NaN },
    { highWaterMark: 0 },
    { maxFrameBytes: -1 },
    { floats: 'rounded' as never },
    { binaries: 'latin1' as never },
    { listen: { port: 65_536 } },
    { epmd: { port: 1.5 } },
  ])('refuses %j as an option', async (options) => {
    expect(await failure(cluster.node(options))).toMatchObject({ code: 'invalid_argument' });
  });
});

describe('stop', () => {
  test('may be called more than once, and every caller waits for the end', async () => {
    const node = await cluster.node();
    await node.connect(beam.name);
    await Promise.all([node.stop(), node.stop(), node[Symbol.asyncDispose]()]);
    await node.stop();
    expect(node.nodes()).toEqual([]);
    expect(node.registeredInEpmd).toBe(false);
    expect(await registeredNames()).not.toContain(node.name.split('@')[0]);
  });

  test('sends what was accepted before', async () => {
    const node = await cluster.node();
    await node.connect(beam.name);
    await beam.erlang.evaluate('register(last_words, self())');
    for (let n = 1; n <= 2000; n++) node.send(registered('last_words', beam.name), n);
    await node.stop();
    expect(
      await beam.erlang.evaluate(
        '(fun F(2001) -> all; F(N) -> receive N -> F(N + 1); M when is_integer(M) -> {M, instead_of, N} after 5000 -> {lost, N} end end)(1)',
      ),
    ).toBe('all');
    await beam.erlang.evaluate('unregister(last_words)');
  });

  test('does not wait for long when its peers close as they are asked to', async () => {
    const [node, other] = [await cluster.node(), await cluster.node()];
    await Promise.all([node.connect(beam.name), node.connect(other.name)]);
    const start = performance.now();
    await node.stop();
    expect(performance.now() - start).toBeLessThan(1_500);
  });

  test('waits for a while only for a peer that takes and closes nothing', async () => {
    const name = uniqueName('stuck');
    await using listener = await HandmadeListener.start(async (socket) => {
      await new HandmadePeer(socket, { name, cookie: cluster.cookie }).answerHandshake();
      socket.pause();
    });
    const node = await cluster.node();
    await node.connect(name, { port: listener.port });
    for (let n = 0; n < 100; n++) node.send(registered('nobody', name), Buffer.alloc(100_000));
    const start = performance.now();
    await node.stop();
    expect(performance.now() - start).toBeLessThan(4_000);
  });

  test('closes mailboxes and rejects what waits', async () => {
    const node = await cluster.node();
    const inbox = node.mailbox('inbox');
    const receive = failure(inbox.receive());
    const call = failure(node.rpc(beam.name, 'timer', 'sleep', [60_000], { timeout: 60_000 }));
    await until('the call to be under way', () => (node.stats()[beam.name]?.messagesOut ?? 0) > 0);
    await node.stop();
    expect(await receive).toMatchObject({ code: 'node_stopped' });
    expect(await call).toMatchObject({ code: 'node_stopped' });
    expect(inbox.closed).toBe(true);
  });

  test('ends a connection that is being opened', async () => {
    await using silent = await HandmadeListener.start();
    const node = await cluster.node();
    const attempt = failure(node.connect(uniqueName('silent'), { port: silent.port }));
    await until('the connection', () => silent.connections === 1);
    await node.stop();
    expect(await attempt).toMatchObject({ code: 'node_stopped' });
  });

  test('every use afterwards is refused with node_stopped', async () => {
    const node = await cluster.node();
    const inbox = node.mailbox();
    await node.stop();
    const stopped = { code: 'node_stopped', facts: { name: node.name } };
    const uses: ((node: HiddenNode) => unknown)[] = [
      (n) => n.connect(beam.name),
      (n) => n.ping(beam.name),
      (n) => n.rpc(beam.name, 'erlang', 'node'),
      (n) => n.rpcCast(beam.name, 'erlang', 'node'),
      (n) => n.send(n.pid, 'x'),
      (n) => n.send(registered('x', beam.name), 'x'),
      (n) => n.mailbox(),
      (n) => n.drained(),
    ];
    for (const use of uses) expect(await failure(async () => use(node))).toMatchObject(stopped);
    expect(await failure(() => inbox.send(node.pid, 'x'))).toMatchObject({ code: 'node_stopped' });
    expect(await node.disconnect(beam.name)).toBe(false);
    expect(node.stats()).toEqual({});
  });

  test('during the start of another node of the same name leaves that node alone', async () => {
    const name = uniqueName('heir');
    const first = await cluster.node({ name });
    await first.stop();
    const second = await cluster.node({ name });
    await first.stop();
    expect(second.registeredInEpmd).toBe(true);
    expect(await second.ping(beam.name)).toBe(true);
  });
});

test('stats count what goes in and out over each link', async () => {
  const node = await cluster.node();
  const inbox = node.mailbox('counted');
  await node.connect(beam.name);
  const before = node.stats()[beam.name]!;
  for (let n = 0; n < 10; n++) node.send(registered('nobody_there', beam.name), Buffer.alloc(1000));
  await beam.erlang.evaluate(`[{counted, '${node.name}'} ! N || N <- lists:seq(1, 20)]`);
  await until('all messages', () => inbox.size === 20);
  const after = node.stats()[beam.name]!;
  expect(after.messagesOut - before.messagesOut).toBe(10);
  expect(after.bytesOut - before.bytesOut).toBeGreaterThan(10_000);
  expect(after.messagesIn - before.messagesIn).toBeGreaterThanOrEqual(20);
  expect(after.bytesIn).toBeGreaterThan(before.bytesIn);
  expect(after.queuedBytes).toBe(0);
  expect(after.remote).toMatch(/^127\.0\.0\.1:\d+$/);
});
