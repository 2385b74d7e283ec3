/** Telling an Erlang node how to use its socket for the connection to this node. */
import { describe, expect, test } from 'vitest';
import type { HiddenNode, PeerTuning } from '../../lib/index.ts';
import { useCluster } from '../helpers/cluster.ts';
import { failure, until } from '../helpers/until.ts';

const { cluster, beam } = useCluster();

const DEFAULT = { delaySend: false, buffer: 1460 };
const TUNED = { delaySend: true, buffer: 65_536 };

/** The options of the Erlang node's socket for a node of the library, as it prints them. */
function atPeer({ name }: HiddenNode): Promise<string> {
  return beam.erlang.evaluate(`net_kernel:getopts('${name}', [delay_send, buffer])`);
}

function printed({ delaySend, buffer }: typeof DEFAULT): string {
  return `{ok,[{delay_send,${delaySend}},{buffer,${buffer}}]}`;
}

/** Kills the connection from the other side, and connects again. */
async function reconnect(node: HiddenNode): Promise<void> {
  await beam.erlang.evaluate(`erlang:disconnect_node('${node.name}')`);
  await until('the link to be gone', () => node.nodes().length === 0);
  await node.connect(beam.name);
}

describe('an Erlang node', () => {
  test('is tuned, and says what it had and what it has', async () => {
    const node = await cluster.node();
    const tuning = await node.tunePeer(beam.name);
    expect(tuning).toMatchObject({ peer: beam.name, before: DEFAULT, after: TUNED, active: true });
    expect(await atPeer(node)).toBe(printed(TUNED));
  });

  test('is tuned for the connection to the node that asked, and for no other', async () => {
    const [node, other] = [await cluster.node(), await cluster.node()];
    await other.connect(beam.name);
    await node.tunePeer(beam.name);
    expect(await atPeer(other)).toBe(printed(DEFAULT));
    const next = await cluster.node();
    await next.connect(beam.name);
    expect(await atPeer(next)).toBe(printed(DEFAULT));
  });

  test.each([1024, 8_000, 16 * 1024 * 1024])('is given the options that were asked for: %i bytes', async (buffer) => {
    const node = await cluster.node();
    const wanted = { delaySend: false, buffer };
    expect((await node.tunePeer(beam.name, wanted)).after).toEqual(wanted);
    expect(await atPeer(node)).toBe(printed(wanted));
    expect(await node.rpc(beam.name, 'erlang', 'byte_size', [Buffer.alloc(10_000)])).toBe(10_000);
  });

  test('still takes and sends messages of every size', async () => {
    const node = await cluster.node();
    await node.tunePeer(beam.name);
    for (const size of [0, 1, 1_459, 65_531, 65_536, 65_537, 3_000_000]) {
      const bytes = Buffer.alloc(size, 'hidden');
      const copies = await node.rpc<Buffer[]>(beam.name, 'lists', 'duplicate', [2, bytes], { timeout: 15_000 });
      expect(copies.map((copy) => copy.equals(bytes))).toEqual([true, true]);
    }
  });

  test('is untuned on request, once and for all', async () => {
    const node = await cluster.node();
    const tuning = await node.tunePeer(beam.name);
    expect(await Promise.all([tuning.undo(), tuning.undo()])).toEqual([true, true]);
    expect(await atPeer(node)).toBe(printed(DEFAULT));
    expect(tuning.active).toBe(false);
    await beam.erlang.evaluate(`net_kernel:setopts('${node.name}', [{buffer, 5000}])`);
    expect(await tuning.undo()).toBe(true);
    expect(await atPeer(node)).toBe(printed({ delaySend: false, buffer: 5_000 }));
  });

  test('gets back what it had, not what is usual', async () => {
    const node = await cluster.node();
    await node.connect(beam.name);
    await beam.erlang.evaluate(`net_kernel:setopts('${node.name}', [{buffer, 5000}])`);
    const tuning = await node.tunePeer(beam.name);
    expect(tuning.before).toEqual({ delaySend: false, buffer: 5_000 });
    await tuning.undo();
    expect(await atPeer(node)).toBe(printed(tuning.before));
  });

  test('is untuned at the end of a block', async () => {
    const node = await cluster.node();
    {
      await using tuning = await node.tunePeer(beam.name);
      expect(tuning.active).toBe(true);
    }
    expect(await atPeer(node)).toBe(printed(DEFAULT));
  });

  test('that is suspended lets the tuning time out, and keeps what it had', async () => {
    const node = await cluster.node();
    await node.connect(beam.name);
    await node.rpc(beam.name, 'erlang', 'node');
    await beam.erlang.evaluate('sys:suspend(net_kernel)');
    try {
      expect(await failure(node.tunePeer(beam.name, { timeout: 100 }))).toMatchObject({
        code: 'timeout',
        facts: { peer: beam.name, timeout: 100 },
      });
      expect(await failure(node.tunePeer(beam.name, { signal: AbortSignal.timeout(50) }))).toMatchObject({
        code: 'aborted',
      });
    } finally {
      await beam.erlang.evaluate('sys:resume(net_kernel)');
    }
    // Whoever comes next has those before behind it.
    expect(await node.tunePeer(beam.name)).toMatchObject({ before: DEFAULT, after: TUNED });
  });

  test('that is suspended when a tuning is undone does it later', async () => {
    const node = await cluster.node();
    const tuning = await node.tunePeer(beam.name);
    await beam.erlang.evaluate('sys:suspend(net_kernel)');
    expect(await failure(tuning.undo({ timeout: 50 }))).toMatchObject({ code: 'timeout' });
    expect(tuning.active).toBe(true);
    await beam.erlang.evaluate('sys:resume(net_kernel)');
    expect(await tuning.undo()).toBe(true);
    expect(await atPeer(node)).toBe(printed(DEFAULT));
  });
});

describe('a connection that is lost', () => {
  test('takes the tuning with it, and undoing it leaves the next one alone', async () => {
    const node = await cluster.node();
    const tuning = await node.tunePeer(beam.name);
    await reconnect(node);
    expect(tuning.active).toBe(false);
    expect(await atPeer(node)).toBe(printed(DEFAULT));
    const next = await node.tunePeer(beam.name);
    expect(next.before).toEqual(DEFAULT);
    expect(await tuning.undo()).toBe(false);
    expect(await atPeer(node)).toBe(printed(TUNED));
    expect(next.active).toBe(true);
  });

  test('is not opened again to undo what it had', async () => {
    const node = await cluster.node();
    const tunings = [await node.tunePeer(beam.name), await node.tunePeer(beam.name)];
    await node.disconnect(beam.name);
    expect(await Promise.all(tunings.map((tuning) => tuning.undo()))).toEqual([false, false]);
    expect(node.nodes()).toEqual([]);
  });

  test('ends a tuning that is under way, and an undoing', async () => {
    const frozen = await cluster.beam();
    const node = await cluster.node();
    const tuning = await node.tunePeer(frozen.name);
    frozen.erlang.signal('SIGSTOP');
    const [another, undoing] = [failure(node.tunePeer(frozen.name)), tuning.undo()];
    frozen.erlang.signal('SIGKILL');
    expect(await undoing).toBe(false);
    expect(await another).toMatchObject({ code: 'noconnection' });
  });

  test('because the node stops does so too', async () => {
    const node = await cluster.node();
    const tuning = await node.tunePeer(beam.name);
    const undoing = tuning.undo();
    const another = failure(node.tunePeer(beam.name));
    await node.stop();
    expect(await undoing).toBeTypeOf('boolean');
    expect(await another).toMatchObject({ code: expect.stringMatching(/^(node_stopped|noconnection)$/) });
    expect(await failure(node.tunePeer(beam.name))).toMatchObject({ code: 'node_stopped' });
    expect(tuning.active).toBe(false);
  });

  test('of a peer that is kept is tuned again by who listens for it', async () => {
    const node = await cluster.node({ backoff: { first: 10, longest: 10 } });
    const tunings: PeerTuning[] = [];
    node.on('nodeup', async (name) => tunings.push(await node.tunePeer(name)));
    node.keep(beam.name);
    await until('the first tuning', () => tunings[0]?.active);
    await beam.erlang.evaluate(`erlang:disconnect_node('${node.name}')`);
    await until('the second one', () => tunings[1]?.active);
    expect(tunings.map(({ active, before }) => ({ active, before }))).toEqual([
      { active: false, before: DEFAULT },
      { active: true, before: DEFAULT },
    ]);
    expect(await atPeer(node)).toBe(printed(TUNED));
  });
});

describe('several tunings of one connection', () => {
  const SECOND = { delaySend: false, buffer: 10_000 };

  async function twice() {
    const node = await cluster.node();
    const first = await node.tunePeer(beam.name);
    const second = await node.tunePeer(beam.name, SECOND);
    expect(second.before).toEqual(TUNED);
    expect(await atPeer(node)).toBe(printed(SECOND));
    return { node, first, second };
  }

  test('are undone from the newest on', async () => {
    const { node, first, second } = await twice();
    await second.undo();
    expect(await atPeer(node)).toBe(printed(TUNED));
    expect([first.active, second.active]).toEqual([true, false]);
    await first.undo();
    expect(await atPeer(node)).toBe(printed(DEFAULT));
  });

  test('are undone from the oldest on', async () => {
    const { node, first, second } = await twice();
    expect(await first.undo()).toBe(true);
    expect(await atPeer(node)).toBe(printed(SECOND));
    expect([first.active, second.active]).toEqual([false, true]);
    await second.undo();
    expect(await atPeer(node)).toBe(printed(DEFAULT));
  });

  test('are made and undone at once, one after the other', async () => {
    const node = await cluster.node();
    const tunings = await Promise.all([2_000, 3_000, 4_000].map((buffer) => node.tunePeer(beam.name, { buffer })));
    expect(tunings.map(({ before }) => before.buffer)).toEqual([1_460, 2_000, 3_000]);
    const [a, b, c] = tunings as [PeerTuning, PeerTuning, PeerTuning];
    await Promise.all([b.undo(), c.undo(), a.undo()]);
    expect(await atPeer(node)).toBe(printed(DEFAULT));
  });
});
