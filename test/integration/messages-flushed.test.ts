/** When what was sent is out, and may be changed: `flushed`. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { type HiddenNode, registered } from '../../lib/index.ts';
import { uniqueName, useCluster } from '../helpers/cluster.ts';
import { duplexPair } from '../helpers/duplex-pair.ts';
import type { HandmadeListener, HandmadePeer } from '../helpers/handmade-peer.ts';
import { Hasher, hashed } from '../helpers/hasher.ts';
import { nodeWithSlowPeer } from '../helpers/slow-peer.ts';
import { failure, until } from '../helpers/until.ts';

const { cluster, beam } = useCluster(Hasher.start);

/** More than the buffers of both systems hold. */
const LARGE = 32 * 1024 * 1024;

/** Whether the promise is settled by now. */
function settled(promise: Promise<unknown>): () => boolean {
  let over = false;
  const end = (): void => {
    over = true;
  };
  promise.then(end, end);
  return () => over;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('flushed', () => {
  test('resolves at once when nothing was sent, and without a link', async () => {
    const node = await cluster.node();
    await node.flushed({ timeout: 0 });
    await node.connect(beam.name);
    await node.flushed({ timeout: 0 });
  });

  test('resolves when the system has taken everything: from then on it may be changed', async () => {
    const node = await cluster.node();
    const hasher = new Hasher(node, beam.name);
    const bytes = Buffer.alloc(3_000_000);
    const expected = [];
    for (let n = 0; n < 10; n++) {
      bytes.fill(`${n} `);
      expected.push(hashed(bytes));
      // The first before there is a link.
      hasher.send(bytes);
      await node.flushed({ timeout: 10_000 });
      bytes.fill(0xff);
    }
    for (const one of expected) expect(await hasher.verdict()).toEqual(one);
  });

  test('waits for a peer that takes nothing, and only for what was sent before', async () => {
    const { node, listener, peer, to } = await nodeWithSlowPeer(cluster);
    try {
      node.send(to, Buffer.alloc(LARGE));
      const first = node.flushed();
      const isOver = settled(first);
      node.send(to, Buffer.alloc(3 * LARGE));
      const second = node.flushed();
      const isAllOver = settled(second);
      expect(await failure(node.flushed({ timeout: 20 }))).toMatchObject({
        code: 'timeout',
        facts: { timeout: 20, queuedBytes: expect.any(Number) },
      });
      expect(await failure(node.flushed({ signal: AbortSignal.abort('enough') }))).toMatchObject({ code: 'aborted' });
      expect(isOver()).toBe(false);
      let got = 0;
      peer.socket.removeAllListeners('data').on('data', (chunk: Buffer) => {
        got += chunk.length;
        if (got > LARGE && !isAllOver()) peer.socket.pause();
      });
      peer.socket.resume();
      await first;
      expect(isAllOver()).toBe(false);
      peer.socket.removeAllListeners('data').resume();
      await second;
    } finally {
      await listener.stop();
    }
  });

  test('does not wait for one peer any longer when its link is lost, nor when it is closed and gives up', async () => {
    for (const lose of [
      async ({ listener }: { listener: HandmadeListener }) => listener.stop(),
      async ({ node, name }: { node: HiddenNode; name: string }) => node.disconnect(name),
    ]) {
      const slow = await nodeWithSlowPeer(cluster);
      slow.node.send(slow.to, Buffer.alloc(LARGE));
      const flushed = slow.node.flushed({ timeout: 20_000 });
      await turn();
      await lose(slow);
      await flushed;
      await slow.listener.stop();
    }
  });

  test('waits for what a link sends that is being closed', async () => {
    const { node, listener, peer, to, name } = await nodeWithSlowPeer(cluster);
    try {
      node.send(to, Buffer.alloc(LARGE));
      await turn();
      const disconnected = node.disconnect(name);
      expect(node.nodes()).toEqual([]);
      const flushed = node.flushed({ timeout: 10_000 });
      const isOver = settled(flushed);
      await turn();
      expect(isOver()).toBe(false);
      peer.socket.removeAllListeners('data').resume();
      await flushed;
      peer.socket.end();
      await disconnected;
    } finally {
      await listener.stop();
    }
  });

  test('resolves when no link comes about', async () => {
    const node = await cluster.node();
    const failed = new Promise((resolve) => node.once('linkfailed', resolve));
    node.send(registered('x', uniqueName('nobody')), Buffer.alloc(100_000));
    await node.flushed({ timeout: 10_000 });
    await failed;
  });

  test('rejects when the node stops, and when it has', async () => {
    const { node, listener, to } = await nodeWithSlowPeer(cluster);
    node.send(to, Buffer.alloc(LARGE));
    const flushed = failure(node.flushed());
    await Promise.all([node.stop(), listener.stop()]);
    expect(await flushed).toMatchObject({ code: 'node_stopped' });
    expect(await failure(() => node.flushed())).toMatchObject({ code: 'node_stopped' });
  });

  test('refuses a timeout that is none', async () => {
    const node = await cluster.node();
    expect(await failure(node.flushed({ timeout: -1 }))).toMatchObject({ code: 'invalid_argument' });
  });
});

describe('a large binary that is changed before it is out', () => {
  /** The next messages that the peer gets, of so many bytes each, without what is before the binary. */
  async function binaries(peer: HandmadePeer, sizes: readonly number[]): Promise<Buffer[]> {
    const chunks: Buffer[] = [];
    let missing = sizes.reduce((sum, size) => sum + size, 0);
    peer.socket.removeAllListeners('data').on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      missing -= chunk.length;
    });
    peer.socket.resume();
    await until('all of it', () => missing <= 0);
    const stream = Buffer.concat(chunks);
    const found: Buffer[] = [];
    for (let at = 0; found.length < sizes.length; at += 4 + stream.readUInt32BE(at)) {
      const size = sizes[found.length]!;
      const end = at + 4 + stream.readUInt32BE(at);
      if (end - at > size) found.push(stream.subarray(end - size, end));
    }
    return found;
  }

  const SIZE = 8 * 1024 * 1024;

  test.each([
    [
      'transferred away',
      (bytes: Uint8Array) => void structuredClone(bytes.buffer, { transfer: [bytes.buffer as ArrayBuffer] }),
    ],
    ['made shorter', (bytes: Uint8Array) => (bytes.buffer as unknown as { resize(size: number): void }).resize(1000)],
  ])('and %s is sent as zeros, and what follows as it is', async (_what, change) => {
    const { node, listener, peer, to } = await nodeWithSlowPeer(cluster);
    try {
      // Something before it, which the peer does not take.
      node.send(to, Buffer.alloc(LARGE, 1));
      const make = ArrayBuffer as unknown as new (size: number, options: object) => ArrayBuffer;
      const bytes = new Uint8Array(new make(SIZE, { maxByteLength: SIZE })).fill(2);
      node.send(to, bytes);
      node.send(to, Buffer.alloc(SIZE, 3));
      await turn();
      change(bytes);
      expect(bytes.length).toBeLessThan(SIZE);
      const found = await binaries(peer, [LARGE, SIZE, SIZE]);
      const expected = [Buffer.alloc(LARGE, 1), Buffer.alloc(SIZE, 0), Buffer.alloc(SIZE, 3)];
      expect(found.map((binary, i) => binary.equals(expected[i]!))).toEqual([true, true, true]);
      await node.flushed({ timeout: 10_000 });
    } finally {
      await listener.stop();
    }
  });

  test('in the very turn of its sending, by a worker, too', async () => {
    const worker = new Worker('require("node:worker_threads").parentPort.on("message", () => undefined)', {
      eval: true,
    });
    try {
      const node = await cluster.node();
      const hasher = new Hasher(node, beam.name);
      for (const connected of [false, true]) {
        const bytes = new Uint8Array(LARGE).fill(1);
        hasher.send([bytes, bytes]);
        worker.postMessage(bytes, [bytes.buffer]);
        hasher.send('after');
        expect((await hasher.verdict()).size).toBe(2 * LARGE);
        expect(await hasher.verdict()).toEqual(hashed(Buffer.from('after')));
        expect(node.nodes(), String(connected)).toEqual([beam.name]);
      }
    } finally {
      await worker.terminate();
    }
  });

  test('by another thread all the while, in shared memory: the rest of the message is as it was', async () => {
    const [shared, stop] = [new SharedArrayBuffer(LARGE), new Int32Array(new SharedArrayBuffer(4))];
    const worker = new Worker(
      `const { shared, stop } = require('node:worker_threads').workerData;
      for (let n = 0; Atomics.load(stop, 0) === 0; n++) new Uint8Array(shared).fill(n);`,
      { eval: true, workerData: { shared, stop } },
    );
    try {
      await once(worker, 'online');
      const node = await cluster.node();
      const hasher = new Hasher(node, beam.name);
      for (let n = 0; n < 3; n++) {
        hasher.send([new Uint8Array(shared), Buffer.from(shared, 7, 100_000)]);
        hasher.send('after');
        expect((await hasher.verdict()).size).toBe(LARGE + 100_000);
        expect(await hasher.verdict()).toEqual(hashed(Buffer.from('after')));
      }
      expect(node.nodes()).toEqual([beam.name]);
    } finally {
      const ended = once(worker, 'exit');
      Atomics.store(stop, 0, 1);
      await ended;
    }
  });

  test('over a stream that takes it slowly: the stream gets as many bytes as were announced', async () => {
    const [a, b] = [await cluster.node({ listen: false }), await cluster.node({ listen: false })];
    const [near, far] = duplexPair();
    await Promise.all([a.connect(b.name, { stream: near }), b.accept(far)]);
    const inbox = b.mailbox('inbox');
    near.hold();
    const bytes = new Uint8Array(SIZE).fill(1);
    const to = registered('inbox', b.name);
    a.send(to, bytes);
    a.send(to, 'after');
    await until('the stream to be full', () => near.held > 0);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    near.release();
    const received = (await inbox.receive({ timeout: 10_000 })) as Buffer;
    expect(received).toHaveLength(SIZE);
    expect(received.at(-1)).toBe(0);
    expect(String(await inbox.receive({ timeout: 10_000 }))).toBe('after');
  });

  test('is a copy when all binaries are copied, and within the node', async () => {
    const node = await cluster.node({ zeroCopyBytes: Number.POSITIVE_INFINITY });
    const hasher = new Hasher(node, beam.name);
    const bytes = Buffer.alloc(1_000_000, 1);
    const expected = hashed(bytes);
    hasher.send(bytes);
    const inbox = node.mailbox();
    node.send(inbox.pid, bytes);
    bytes.fill(2);
    expect(await hasher.verdict()).toEqual(expected);
    expect(hashed((await inbox.receive({ timeout: 5_000 })) as Buffer)).toEqual(expected);
  });
});
