/**
 * Two nodes that connect to each other at the same time end with exactly one link.
 * Erlang documentation: "Distribution Protocol", section "Distribution Handshake", simultaneous connects.
 */
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import type { HiddenNode } from '../../lib/index.ts';
import { uniqueName, useCluster } from '../helpers/cluster.ts';
import { duplexPair, type StreamEnd } from '../helpers/duplex-pair.ts';
import { HandmadeListener } from '../helpers/handmade-peer.ts';
import { until } from '../helpers/until.ts';

const { cluster, beam } = useCluster();

/** Names below and above that of the Erlang node: the larger name wins. */
function nameOf(order: 'smaller' | 'larger'): string {
  return uniqueName(order === 'smaller' ? 'aaa' : 'zzz');
}

/** Lets everything run that can run without another packet. */
async function settle(): Promise<void> {
  for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve));
}

test.each(['smaller', 'larger'] as const)('an Erlang node and one of a %s name', async (order) => {
  for (let round = 0; round < 25; round++) {
    const node = await cluster.node({ name: nameOf(order) });
    const [connected] = await Promise.all([
      beam.erlang.evaluate(`net_kernel:connect_node('${node.name}')`),
      node.connect(beam.name),
    ]);
    expect(connected).toBe('true');
    expect(await node.ping(beam.name)).toBe(true);
    expect(await beam.erlang.evaluate(`net_adm:ping('${node.name}')`)).toBe('pong');
    expect(node.nodes()).toEqual([beam.name]);
    await node.stop();
  }
});

test('two nodes of the library, over TCP', async () => {
  for (let round = 0; round < 25; round++) {
    const [a, b] = [await cluster.node(), await cluster.node()];
    await Promise.all([a.connect(b.name), b.connect(a.name)]);
    expect(await Promise.all([a.ping(b.name), b.ping(a.name)])).toEqual([true, true]);
    expect([a.nodes(), b.nodes()]).toEqual([[b.name], [a.name]]);
    await Promise.all([a.stop(), b.stop()]);
  }
});

/** An EPMD that knows one node, and answers when it is told to. */
async function slowEpmd(alive: string, port: number): Promise<{ epmd: HandmadeListener; answer: () => void }> {
  const name = Buffer.from(alive);
  const response = Buffer.alloc(14 + name.length);
  response.set([119, 0, port >> 8, port & 255, 77, 0, 0, 6, 0, 6, 0, name.length]);
  name.copy(response, 12);
  let asked: Socket | undefined;
  let answered = false;
  const answer = () => {
    answered = true;
    asked?.end(response);
  };
  const epmd = await HandmadeListener.start((socket) => {
    asked = socket;
    if (answered) answer();
  });
  return { epmd, answer };
}

/** Mulberry32: a choice that depends on nothing but the seed. */
function chooser(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** Both connect, and packets of both connections arrive in an order that the seed chooses. */
async function meet(seed: number, a: HiddenNode, b: HiddenNode): Promise<void> {
  const choose = chooser(seed);
  const ends: StreamEnd[] = [];
  const accept = (node: HiddenNode, stream: StreamEnd) => node.accept(stream).catch(() => undefined);
  const begin = (from: HiddenNode, to: HiddenNode) => () => {
    const [near, far] = duplexPair();
    ends.push(near.hold(), far.hold());
    void accept(to, far);
    return from.connect(to.name, { stream: near, timeout: 5_000 });
  };
  const begins = [begin(a, b), begin(b, a)];
  const connecting = [begins.splice(choose(2), 1)[0]!()];
  for (;;) {
    await settle();
    const ready = ends.filter((end) => end.held > 0);
    const choice = choose(ready.length + begins.length || 1);
    if (choice < ready.length) ready[choice]!.step();
    else if (begins.length > 0) connecting.push(begins.pop()!());
    else break;
  }
  for (const end of ends) end.release();
  await Promise.all(connecting);
}

test('in every order in which packets can arrive', { timeout: 60_000 }, async () => {
  for (let seed = 1; seed <= 100; seed++) {
    const [a, b] = [await cluster.node({ listen: false }), await cluster.node({ listen: false })];
    await meet(seed, a, b);
    expect([a.nodes(), b.nodes()], `seed ${seed}`).toEqual([[b.name], [a.name]]);
    expect(await Promise.all([a.ping(b.name), b.ping(a.name)]), `seed ${seed}`).toEqual([true, true]);
    await Promise.all([a.stop(), b.stop()]);
  }
});

test.each(['smaller', 'larger'] as const)(
  'when the node of the %s name has been looking for the other',
  async (order) => {
    const names = [nameOf('smaller'), nameOf('larger')];
    if (order === 'larger') names.reverse();
    const [lookingName, otherName] = names as [string, string];
    const other = await cluster.node({ name: otherName, listen: false });
    const toOther: StreamEnd[] = [];
    await using relay = await HandmadeListener.start((socket) => {
      const [near, far] = duplexPair();
      toOther.push(near.hold(), far.hold());
      socket.pipe(near).pipe(socket);
      near.on('error', () => undefined);
      void other.accept(far).catch(() => undefined);
    });
    const { epmd, answer } = await slowEpmd(otherName.split('@')[0]!, relay.port);
    await using _ = epmd;
    const looking = await cluster.node({ name: lookingName, listen: false, epmd: { port: epmd.port } });
    const downs: string[] = [];
    for (const node of [looking, other]) node.on('nodedown', (name, reason) => downs.push(`${name} ${reason.code}`));

    const outgoing = looking.connect(otherName);
    await until('the question to EPMD', () => epmd.connections === 1);
    const [near, far] = duplexPair();
    near.hold();
    far.hold();
    void looking.accept(far).catch(() => undefined);
    const incoming = other.connect(lookingName, { stream: near });
    await settle();
    near.step(); // the name of the other, which is admitted
    await settle();
    answer(); // from here on both could shake hands
    await until('the second connection', () => toOther.length === 2);
    // One packet after the other on both connections in turn, so that both would end in the same moment.
    const ends = [near, far, ...toOther];
    await until('the link', () => {
      for (const end of ends) end.step();
      return looking.nodes().length + other.nodes().length > 0;
    });
    for (const end of ends) end.release();
    await Promise.all([outgoing, incoming]);
    expect(await Promise.all([looking.ping(otherName), other.ping(lookingName)])).toEqual([true, true]);
    expect([looking.nodes(), other.nodes()]).toEqual([[otherName], [lookingName]]);
    expect(downs).toEqual([]);
  },
);
