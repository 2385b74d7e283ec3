/** Sending faster than a peer takes. */
import { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { type HiddenNode, registered } from '../../lib/index.ts';
import { useCluster } from '../helpers/cluster.ts';
import { nodeWithSlowPeer } from '../helpers/slow-peer.ts';
import { failure, until } from '../helpers/until.ts';

const { cluster, beam } = useCluster();

const LIMITED = { highWaterMark: 1024 * 1024 };

function sendUntilFull(node: HiddenNode, name: string, size = 64 * 1024): number {
  for (let sent = 1; sent <= 10_000; sent++) {
    if (!node.send(registered('sink', name), Buffer.alloc(size))) return sent;
  }
  throw new Error('the high-water mark never came');
}

test('send answers false above the high-water mark, and drained waits for the peer to take it', async () => {
  const { node, name, listener, peer } = await nodeWithSlowPeer(cluster, LIMITED);
  try {
    sendUntilFull(node, name);
    await until('the kernel to be full', () => {
      if (node.stats()[name]!.queuedBytes < 1024 * 1024) sendUntilFull(node, name);
      return node.stats()[name]!.queuedBytes >= 1024 * 1024;
    });
    expect(await failure(node.drained({ timeout: 50 }))).toMatchObject({ code: 'timeout' });
    expect(await failure(node.drained({ signal: AbortSignal.abort() }))).toMatchObject({ code: 'aborted' });
    const drained = node.drained({ timeout: 15_000 });
    peer.socket.resume();
    await drained;
    expect(node.stats()[name]!.queuedBytes).toBe(0);
    expect(node.send(registered('sink', name), 'again')).toBe(true);
  } finally {
    await listener.stop();
  }
});

test('drained of one peer does not wait for another that takes nothing', async () => {
  const { node, name, listener, peer } = await nodeWithSlowPeer(cluster, LIMITED);
  try {
    await node.connect(beam.name);
    await until('the kernel to be full', () => {
      if (node.stats()[name]!.queuedBytes < 1024 * 1024) sendUntilFull(node, name);
      return node.stats()[name]!.queuedBytes >= 1024 * 1024;
    });
    while (node.send(registered('nobody', beam.name), Buffer.alloc(100_000)));
    await node.drained({ peer: beam.name, timeout: 10_000 });
    expect(node.stats()[beam.name]!.queuedBytes).toBeLessThan(1024 * 1024);
    await node.drained({ peer: 'unheard_of@127.0.0.1' });
    expect(await failure(node.drained({ peer: 'no name' }))).toMatchObject({ code: 'invalid_node_name' });
    expect(await failure(node.drained({ peer: name, timeout: 50 }))).toMatchObject({ code: 'timeout' });

    // Those who wait for all wait on for the one, and the one for itself.
    const all = node.drained({ timeout: 15_000 });
    const one = node.drained({ peer: name, timeout: 15_000 });
    while (node.send(registered('nobody', beam.name), Buffer.alloc(100_000)));
    peer.socket.resume();
    await Promise.all([all, one]);
    expect(Object.values(node.stats()).filter(({ queuedBytes }) => queuedBytes >= 1024 * 1024)).toEqual([]);
  } finally {
    await listener.stop();
  }
});

test('drained resolves at once when nothing waits', async () => {
  const node = await cluster.node();
  await node.drained({ timeout: 1_000 });
});

test('drained resolves when the system takes everything at once', async () => {
  const node = await cluster.node({ highWaterMark: 1 });
  await node.connect(beam.name);
  expect(node.send(registered('nobody', beam.name), 'x')).toBe(false);
  await node.drained({ timeout: 5_000 });
});

test('drained waits for a link that is being opened', async () => {
  const node = await cluster.node({ highWaterMark: 1000 });
  expect(node.send(registered('nobody', beam.name), Buffer.alloc(2000))).toBe(false);
  expect(node.nodes()).toEqual([]);
  await node.drained({ timeout: 5_000 });
  expect(node.nodes()).toEqual([beam.name]);
});

test('drained resolves when the link is lost, for nothing waits any more', async () => {
  const { node, name, listener } = await nodeWithSlowPeer(cluster, LIMITED);
  for (let i = 0; i < 20; i++) sendUntilFull(node, name, 1024 * 1024);
  const drained = node.drained({ timeout: 10_000 });
  await listener.stop();
  await drained;
  expect(node.nodes()).toEqual([]);
});

test('drained rejects when the node stops', async () => {
  const { node, name, listener } = await nodeWithSlowPeer(cluster, LIMITED);
  for (let i = 0; i < 20; i++) sendUntilFull(node, name, 1024 * 1024);
  const drained = failure(node.drained());
  await Promise.all([node.stop(), listener.stop()]);
  expect(await drained).toMatchObject({ code: 'node_stopped' });
});

test('drained resolves when the peer that takes nothing is disconnected', async () => {
  const { node, name, listener } = await nodeWithSlowPeer(cluster, LIMITED);
  try {
    for (let i = 0; i < 20; i++) sendUntilFull(node, name, 1024 * 1024);
    const drained = node.drained({ timeout: 10_000 });
    const disconnected = node.disconnect(name);
    await drained;
    expect(node.nodes()).toEqual([]);
    expect(await disconnected).toBe(true);
  } finally {
    await listener.stop();
  }
});

test('everything that sends answers false above the mark, also while one peer of several takes nothing', async () => {
  const { node, name, listener } = await nodeWithSlowPeer(cluster, LIMITED);
  try {
    const mailbox = node.mailbox();
    for (let i = 0; i < 20; i++) sendUntilFull(node, name, 1024 * 1024);
    expect(mailbox.send(registered('sink', name), 1)).toBe(false);
    expect(node.cast(registered('sink', name), 1)).toBe(false);
    expect(node.rpcCast(name, 'erlang', 'node')).toBe(false);
    expect(mailbox.send(registered('nobody', beam.name), 1)).toBe(true);
    // The other peer has taken everything, and it is not the one that is waited for.
    expect(await failure(node.drained({ timeout: 50 }))).toMatchObject({ code: 'timeout' });
  } finally {
    await listener.stop();
  }
});

test('a peer that takes nothing does not hold up the others', async () => {
  const { node, name, listener } = await nodeWithSlowPeer(cluster, LIMITED);
  try {
    for (let i = 0; i < 20; i++) sendUntilFull(node, name, 1024 * 1024);
    expect(await node.ping(beam.name)).toBe(true);
    expect(node.send(registered('nobody', beam.name), 'x')).toBe(true);
  } finally {
    await listener.stop();
  }
});

test('what a producer sends that waits for drained arrives whole and in order', async () => {
  const node = await cluster.node({ highWaterMark: 128 * 1024 });
  await beam.erlang.evaluate('register(sink, self())');
  const chunk = Buffer.alloc(50_000, 7);
  let waits = 0;
  for (let n = 1; n <= 400; n++) {
    if (!node.send(registered('sink', beam.name), [n, chunk])) {
      waits++;
      await node.drained({ timeout: 10_000 });
    }
  }
  expect(waits).toBeGreaterThan(0);
  expect(
    await beam.erlang.evaluate(
      '(fun F(401) -> in_order; F(N) -> receive [N, B] when byte_size(B) =:= 50000 -> F(N + 1); [M, _] -> {M, instead_of, N} after 10000 -> {lost, N} end end)(1)',
    ),
  ).toBe('in_order');
});

test('a stream that takes nothing makes send answer false, and drained waits for it', async () => {
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const [a, b] = [
    await cluster.node({ listen: false, highWaterMark: 256 * 1024 }),
    await cluster.node({ listen: false }),
  ];
  let held = false;
  const sides: Duplex[] = [];
  for (const other of [1, 0]) {
    sides.push(
      new Duplex({
        read: () => undefined,
        async write(chunk, _encoding, done) {
          if (held && other === 1) await gate;
          sides[other]!.push(chunk);
          done();
        },
        final(done) {
          sides[other]!.push(null);
          done();
        },
      }),
    );
  }
  const accepted = b.accept(sides[1]!);
  await a.connect(b.name, { stream: sides[0]! });
  await accepted;
  held = true;
  const sink = b.mailbox('sink');
  expect(sendUntilFull(a, b.name)).toBeLessThan(20);
  expect(await failure(a.drained({ timeout: 50 }))).toMatchObject({ code: 'timeout' });
  open();
  await a.drained({ timeout: 5_000 });
  expect(await sink.receive({ timeout: 5_000 })).toHaveLength(64 * 1024);
});
