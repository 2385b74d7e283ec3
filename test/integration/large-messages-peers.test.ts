/** Large messages among others: in order, in fragments and without them, refused above the limit, and what is kept of them. */
import { randomFillSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { atom, encode, type HiddenNode, Pid, registered, type Term, type Tuple, tuple } from '../../lib/index.ts';
import { uniqueName, useCluster } from '../helpers/cluster.ts';
import { duplexPair } from '../helpers/duplex-pair.ts';
import { HandmadeListener, HandmadePeer } from '../helpers/handmade-peer.ts';
import { Hasher, hashed } from '../helpers/hasher.ts';
import { failure, until } from '../helpers/until.ts';

const { cluster, beam } = useCluster(Hasher.start);

const MEGABYTE = 1_000_000;

function randomBytes(size: number): Buffer {
  const block = randomFillSync(Buffer.alloc(MEGABYTE));
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at += block.copy(bytes, at)) block.writeUInt32BE(at);
  return bytes;
}

function smallOnes(size: number): Buffer[] {
  const all = randomBytes(size);
  return Array.from({ length: size / 1000 }, (_, i) => Buffer.from(all.subarray(i * 1000, (i + 1) * 1000)));
}

describe('to and from an Erlang node', { timeout: 60_000 }, () => {
  test('several at once, among small ones: each arrives whole, and in order', async () => {
    const node = await cluster.node();
    const hasher = new Hasher(node, beam.name);
    const sizes = [1, 20 * MEGABYTE, 100, 65_536, 5 * MEGABYTE, 0, 1000, 960_000, 960_100, 3 * MEGABYTE];
    const all = sizes.map((size) => randomBytes(Math.ceil(size / 1000) * 1000).subarray(0, size));
    // Before there is a link.
    for (const bytes of all) hasher.send(bytes);
    for (const bytes of all) expect(await hasher.verdict()).toEqual(hashed(bytes));
    for (const bytes of all) hasher.send(bytes);
    for (const bytes of all) expect(await hasher.verdict()).toEqual(hashed(bytes));
  });

  test('small messages of other processes come between the fragments of a large one', async () => {
    const node = await cluster.node();
    const inbox = node.mailbox('inbox');
    const order: string[] = [];
    inbox.onMessage((message) => order.push(Buffer.isBuffer(message) ? 'large' : String(message)));
    await beam.erlang.evaluate(`begin
      To = {inbox, '${node.name}'},
      Large = binary:copy(<<7>>, 100000000),
      spawn(fun() -> To ! Large, To ! last end),
      (fun F(0) -> ok; F(N) -> To ! small, timer:sleep(1), F(N - 1) end)(200)
    end`);
    await until('all', () => order.length >= 202, 60_000);
    expect(order.filter((what) => what === 'large')).toHaveLength(1);
    expect(order.indexOf('small')).toBeLessThan(order.indexOf('large'));
    expect(order.indexOf('last')).toBe(order.indexOf('large') + order.slice(order.indexOf('large')).indexOf('last'));
  });
});

describe('between nodes of this library', () => {
  async function pair(stream: boolean): Promise<[HiddenNode, HiddenNode]> {
    const [a, b] = [await cluster.node({ listen: false }), await cluster.node()];
    if (!stream) {
      await a.connect(b.name);
      return [a, b];
    }
    const [near, far] = duplexPair();
    await Promise.all([a.connect(b.name, { stream: near }), b.accept(far)]);
    return [a, b];
  }

  test.each([
    ['over TCP', false],
    ['over a stream', true],
  ])('%s everything arrives whole, both ways', async (_how, stream) => {
    const [a, b] = await pair(stream);
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const inbox = to.mailbox('inbox');
      const bytes = randomBytes(30 * MEGABYTE);
      const list = smallOnes(5 * MEGABYTE);
      from.send(registered('inbox', to.name), tuple(atom('large'), bytes));
      from.send(registered('inbox', to.name), list);
      await from.flushed({ timeout: 30_000 });
      const [, received] = ((await inbox.receive({ timeout: 30_000 })) as Tuple<[Term, Buffer]>).elements;
      expect(received.equals(bytes)).toBe(true);
      expect(hashed((await inbox.receive({ timeout: 30_000 })) as Buffer[])).toEqual(hashed(list));
      inbox.close();
    }
  });
});

describe('a binary that is received', () => {
  test('keeps its message alive only when it makes up most of it', async () => {
    const node = await cluster.node();
    const inbox = node.mailbox('inbox');
    const target = `{inbox, '${node.name}'}`;
    const receive = async () => ((await inbox.receive({ timeout: 30_000 })) as Tuple<Buffer[]>).elements;
    await beam.erlang.evaluate(`${target} ! {binary:copy(<<1>>, 10), binary:copy(<<2>>, 20000000)}, ok`);
    const [small, large] = await receive();
    expect([small!.length, large!.length]).toEqual([10, 20_000_000]);
    expect(small!.buffer.byteLength).toBeLessThan(70_000);
    expect(large!.buffer.byteLength).toBeLessThan(27_000_000);
    expect([small!.every((byte) => byte === 1), large!.every((byte) => byte === 2)]).toEqual([true, true]);
    await beam.erlang.evaluate(`${target} ! {binary:copy(<<1>>, 10000000), binary:copy(<<2>>, 10000000)}, ok`);
    for (const half of await receive()) expect(half.buffer.byteLength).toBe(10_000_000);
    for (const size of [65_536, 100_000, 200_000, 1_000_000]) {
      await beam.erlang.evaluate(`[${target} ! {binary:copy(<<3>>, ${size})} || _ <- lists:seq(1, 3)], ok`);
      for (let n = 0; n < 3; n++) {
        const [bytes] = await receive();
        expect(bytes!.every((byte) => byte === 3)).toBe(true);
        expect(bytes!.buffer.byteLength).toBeLessThan(size * 1.4);
      }
    }
  });
});

describe('the limit', () => {
  const LIMIT = 1_000_000;

  async function limited(): Promise<HiddenNode> {
    const node = await cluster.node({ maxFrameBytes: LIMIT });
    await node.connect(beam.name);
    return node;
  }

  const tooLarge = { code: 'message_too_large', facts: { bytes: expect.any(Number), maxFrameBytes: LIMIT } };
  const large = Buffer.alloc(LIMIT);

  test('is told to whoever sends more, and nothing else is lost', async () => {
    const node = await limited();
    const hasher = new Hasher(node, beam.name);
    const fitting = randomBytes(900_000);
    hasher.send(fitting);
    expect(await failure(() => hasher.send(large))).toMatchObject(tooLarge);
    expect(await failure(() => hasher.send(Array.from({ length: 300 }, () => 'x'.repeat(5_000))))).toMatchObject(
      tooLarge,
    );
    hasher.send('small');
    expect(await hasher.verdict()).toEqual(hashed(fitting));
    expect(await hasher.verdict()).toEqual(hashed(Buffer.from('small')));
    expect(node.nodes()).toEqual([beam.name]);
  });

  test('is told before there is a link, and does not keep the others from going out', async () => {
    const node = await cluster.node({ maxFrameBytes: LIMIT });
    const hasher = new Hasher(node, beam.name);
    hasher.send('before');
    expect(await failure(() => hasher.send(large))).toMatchObject(tooLarge);
    hasher.send('after');
    expect(await hasher.verdict()).toEqual(hashed(Buffer.from('before')));
    expect(await hasher.verdict()).toEqual(hashed(Buffer.from('after')));
  });

  test('is told to those who call', async () => {
    const node = await limited();
    const server = registered('hasher', beam.name);
    expect(await failure(node.rpc(beam.name, 'erlang', 'hd', [large]))).toMatchObject(tooLarge);
    expect(await failure(node.rpc(beam.name, 'erlang', 'hd', [large], { via: 'rex' }))).toMatchObject(tooLarge);
    expect(await failure(() => node.rpcCast(beam.name, 'erlang', 'hd', [large]))).toMatchObject(tooLarge);
    expect(await failure(node.call(server, large))).toMatchObject(tooLarge);
    expect(await failure(() => node.cast(server, large))).toMatchObject(tooLarge);
    const process = new Pid(atom(beam.name), 1, 0, 1);
    expect(await failure(() => node.mailbox().exit(process, large))).toMatchObject(tooLarge);
    expect(await failure(node.window(server).send(large))).toMatchObject(tooLarge);
    expect(await node.ping(beam.name)).toBe(true);
  });

  test('is told to callers of a function or a server of this node that answers more', async () => {
    const node = await limited();
    node.expose('large', { answer: () => large });
    node.serve('server', { call: () => large }, { crash: false });
    const rpc = await beam.erlang.evaluate(`rpc:call('${node.name}', large, answer, [])`);
    expect(rpc).toMatch(/^\{badrpc,\{'EXIT',\{\{js_error,<<"message_too_large">>,/);
    const rex = `catch gen_server:call({rex, '${node.name}'}, {call, large, answer, [], group_leader()})`;
    expect(await beam.erlang.evaluate(rex)).toMatch(/^\{badrpc,\{'EXIT',\{\{js_error,<<"message_too_large">>,/);
    expect(await beam.erlang.evaluate(`catch gen_server:call({server, '${node.name}'}, go)`)).toContain(
      'message_too_large',
    );
    expect(await node.ping(beam.name)).toBe(true);
  });

  test('does not keep the end of a process from being told', async () => {
    const node = await limited();
    const [watched, linked] = [node.mailbox('watched'), node.mailbox('linked')];
    await beam.erlang.evaluate(`begin
      process_flag(trap_exit, true),
      put(monitor, monitor(process, {watched, '${node.name}'})),
      {linked, '${node.name}'} ! self(), ok
    end`);
    const shell = (await linked.receive({ timeout: 5_000 })) as Pid;
    linked.link(shell);
    await beam.erlang.evaluateUntil(`element(2, process_info(self(), links)) =/= []`, 'true');
    watched.close(large);
    linked.close(large);
    expect(await beam.erlang.evaluate(`receive {'DOWN', _, process, _, R} -> R after 10000 -> none end`)).toBe(
      'system_limit',
    );
    expect(await beam.erlang.evaluate(`receive {'EXIT', _, R2} -> R2 after 10000 -> none end`)).toBe('system_limit');
  });

  test.each([
    [
      'an Erlang node, in fragments',
      async (node: HiddenNode) => {
        await node.connect(beam.name);
        await beam.erlang.evaluate(`{nobody, '${node.name}'} ! binary:copy(<<1>>, ${2 * LIMIT}), ok`);
      },
    ],
    [
      'a node that knows no fragments',
      async (node: HiddenNode) => {
        const peer = await HandmadePeer.connect(node.port!, { name: uniqueName('plain'), cookie: cluster.cookie });
        await peer.shakeHands();
        peer.write(Buffer.from([0, 0x20, 0, 0, 112]));
      },
    ],
  ])('ends the link to %s that sends more', async (_what, sendMore) => {
    const node = await cluster.node({ maxFrameBytes: LIMIT });
    const down = new Promise((resolve) => node.once('nodedown', (_name, reason) => resolve(reason)));
    await sendMore(node);
    expect(await down).toMatchObject({ code: 'frame_too_large', facts: { maxFrameBytes: LIMIT } });
  });

  test('options out of range are refused', async () => {
    const bad = { code: 'invalid_argument' };
    expect(await failure(cluster.node({ maxFrameBytes: 65_535 }))).toMatchObject(bad);
    expect(await failure(cluster.node({ zeroCopyBytes: 1023 }))).toMatchObject(bad);
    expect(await failure(cluster.node({ zeroCopyBytes: Number.NaN }))).toMatchObject(bad);
  });
});

/** Such as a node of C. */
describe('a peer that knows no fragments', () => {
  test('gets each message in one frame, also what was sent before it was known', async () => {
    const name = uniqueName('plain');
    let peer: HandmadePeer | undefined;
    await using listener = await HandmadeListener.start(async (socket) => {
      peer = await new HandmadePeer(socket, { name, cookie: cluster.cookie }).answerHandshake();
    });
    const node = await cluster.node({ listen: false, netTickTime: 1_000 });
    const to = registered('sink', name);
    const bytes = randomBytes(3 * MEGABYTE);
    const connecting = node.connect(name, { port: listener.port });
    node.send(to, bytes);
    node.send(to, tuple(atom('small'), 1));
    await connecting;
    node.send(to, [bytes, bytes]);
    const { pid } = node;
    const control = encode(tuple(6, pid, atom(''), atom('sink')));
    for (const payload of [bytes, tuple(atom('small'), 1), [bytes, bytes]]) {
      const expected = Buffer.concat([Buffer.from([112]), control, encode(payload)]);
      let got = await peer!.readFrame();
      while (got.length === 0) got = await peer!.readFrame();
      expect(got.equals(expected)).toBe(true);
    }
  });
});
