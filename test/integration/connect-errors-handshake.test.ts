/** Connecting to peers that refuse, break, or never finish the handshake. */
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { HiddenNode } from '../../lib/index.ts';
import { uniqueName, useCluster } from '../helpers/cluster.ts';
import { HandmadeListener, HandmadePeer, packet, USUAL_FLAGS } from '../helpers/handmade-peer.ts';
import { failure, until } from '../helpers/until.ts';

const { cluster, beam } = useCluster();

/** Connects to a listener that does as `behave` says, and gives the error. */
async function connectTo(
  behave: (peer: HandmadePeer, socket: Socket) => unknown,
  { peerName, flags = USUAL_FLAGS, timeout = 5_000 }: { peerName?: string; flags?: bigint; timeout?: number } = {},
) {
  const name = uniqueName('bad');
  const node = await cluster.node({ listen: false });
  await using listener = await HandmadeListener.start(async (socket) => {
    const peer = new HandmadePeer(socket, { name: peerName ?? name, cookie: cluster.cookie, flags });
    try {
      await behave(peer, socket);
    } catch {
      // The node hung up in the middle: that is what most of these tests are about.
    }
  });
  const error = await failure(node.connect(name, { port: listener.port, timeout }));
  expect(node.nodes()).toEqual([]);
  // Whatever happened, the node goes on.
  await node.connect(beam.name);
  return { error, name, remote: `127.0.0.1:${listener.port}`, node };
}

async function afterName(peer: HandmadePeer): Promise<void> {
  await peer.readPacket();
}

async function afterReply(peer: HandmadePeer): Promise<number> {
  await peer.readPacket();
  peer.write(packet('sok'));
  peer.write(peer.challengePacket());
  return (await peer.readPacket()).readUInt32BE(1);
}

describe('a cookie that differs', () => {
  test('an Erlang node refuses this node: the error names the peer and not the cookie', async () => {
    const node = await cluster.node({ cookie: 'the_wrong_one' });
    const error = await failure(node.connect(beam.name));
    expect(error).toMatchObject({ code: 'cookie_mismatch', facts: { peer: beam.name } });
    expect(JSON.stringify(error) + (error as Error).message).not.toMatch(/the_wrong_one|test_cookie/);
  });

  test('this node refuses an Erlang node, and tells so', async () => {
    const stranger = await cluster.beam({ cookie: 'strange' });
    const node = await cluster.node();
    const failed = new Promise<unknown[]>((resolve) => node.once('linkfailed', (...facts) => resolve(facts)));
    expect(await stranger.erlang.evaluate(`net_kernel:connect_node('${node.name}')`)).toBe('false');
    expect(await failed).toMatchObject([stranger.name, { code: 'cookie_mismatch', facts: { peer: stranger.name } }, 0]);
    expect(node.nodes()).toEqual([]);
  });

  test('a peer that acknowledges with a wrong digest is refused', async () => {
    const { error, name } = await connectTo(async (peer) =>
      peer.write(peer.acknowledgePacket(1 + (await afterReply(peer)))),
    );
    expect(error).toMatchObject({ code: 'cookie_mismatch', facts: { peer: name } });
  });

  test('a peer that hangs up on our digest has another cookie', async () => {
    const { error, name } = await connectTo(async (peer) => {
      await afterReply(peer);
      peer.destroy();
    });
    expect(error).toMatchObject({ code: 'cookie_mismatch', facts: { peer: name } });
  });
});

describe('a peer that is not who or what it should be', () => {
  test('has another name than asked for', async () => {
    const { error, name, remote } = await connectTo(afterReply, { peerName: 'impostor@127.0.0.1' });
    const facts = { expected: name, actual: 'impostor@127.0.0.1', remote };
    expect(error).toMatchObject({ code: 'peer_name_mismatch', facts });
  });

  test('an Erlang node under a port of another name is found out', async () => {
    const alive = beam.name.split('@')[0];
    const port = Number(await beam.erlang.evaluate(`element(2, erl_epmd:port_please("${alive}", "127.0.0.1"))`));
    const node = await cluster.node();
    const expected = uniqueName('other');
    expect(await failure(node.connect(expected, { port }))).toMatchObject({
      code: 'peer_name_mismatch',
      facts: { expected, actual: beam.name },
    });
  });

  test.each([
    { lacks: ['MAP_TAG'], without: 0x20000n },
    { lacks: ['UTF8_ATOMS', 'BIG_CREATION'], without: 0x50000n },
  ])('lacks $lacks: the error says which', async ({ lacks, without }) => {
    const flags = USUAL_FLAGS & ~0x4000000n & ~without;
    const { error, name } = await connectTo(afterReply, { flags });
    expect(error).toMatchObject({ code: 'missing_flags', facts: { peer: name, missing: lacks } });
    expect((error as Error).message).toContain(lacks[0]);
  });

  test.each(['not_allowed', 'nok', 'busy'])('answers the status %s', async (status) => {
    const { error, name } = await connectTo(
      async (peer) => {
        await afterName(peer);
        peer.write(packet(`s${status}`));
      },
      { timeout: 300 },
    );
    expect(error).toMatchObject({ code: 'peer_refused', facts: { peer: name, status } });
  });
});

describe('a peer that breaks the protocol', () => {
  const GARBAGE: [string, Buffer][] = [
    ['text', Buffer.from('SSH-2.0-OpenSSH_9.2\r\n')],
    ['a packet of no bytes', Buffer.from([0, 0])],
    ['a packet of 65535 bytes', Buffer.alloc(65_537, 0xff)],
    ['an empty status', packet('s')],
    ['an unknown tag', packet('x1234567890')],
    ['zeros', Buffer.alloc(100)],
  ];
  test.each(GARBAGE)('%s in place of a status', async (_what, bytes) => {
    const { error } = await connectTo((peer) => peer.write(bytes));
    expect((error as { code: string }).code).toMatch(/^(handshake_failed|peer_refused)$/);
    expect(error).toMatchObject({ name: 'HiddenNodeError' });
  });

  const CHALLENGES: [string, (whole: Buffer) => Buffer][] = [
    ['cut off within its flags', (whole) => packet(whole.subarray(2, 7))],
    ['cut off within its name', (whole) => packet(whole.subarray(2, whole.length - 3))],
    ['whose name is longer than it', (whole) => packet(whole.subarray(2, 19), Buffer.from([0xff, 0xff]), 'a@b')],
    ['with no name', (whole) => packet(whole.subarray(2, 19), Buffer.from([0, 0]))],
    ['of the old version 5', () => packet('n', Buffer.alloc(10), 'old@127.0.0.1')],
    ['with a zero byte in its name', (whole) => packet(whole.subarray(2, 19), Buffer.from([0, 3]), 'a\0b')],
    ['that is a status', () => packet('sok')],
  ];
  test.each(CHALLENGES)('a challenge %s', async (_what, bend) => {
    const { error } = await connectTo(async (peer) => {
      await afterName(peer);
      peer.write(packet('sok'));
      peer.write(bend(peer.challengePacket()));
    });
    expect((error as { code: string }).code).toMatch(/^(handshake_failed|peer_name_mismatch)$/);
  });

  const ENDS: [string, (peer: HandmadePeer) => unknown][] = [
    ['at once', () => undefined],
    ['after our name', afterName],
    ['within its status', (peer) => afterName(peer).then(() => peer.write(packet('sok').subarray(0, 3)))],
    ['after its status', (peer) => afterName(peer).then(() => peer.write(packet('sok')))],
    [
      'within its challenge',
      async (peer) => {
        await afterName(peer);
        peer.write(packet('sok'));
        peer.write(peer.challengePacket().subarray(0, 10));
      },
    ],
  ];
  test.each(ENDS)('closes %s', async (_when, behave) => {
    const { error, name, remote } = await connectTo(async (peer, socket) => {
      await behave(peer);
      socket.end();
    });
    expect(error).toMatchObject({ code: 'handshake_closed', facts: { peer: name, remote } });
  });

  test.each(ENDS)('resets %s', async (_when, behave) => {
    const { error } = await connectTo(async (peer, socket) => {
      await behave(peer);
      socket.resetAndDestroy();
    });
    expect((error as { code: string }).code).toMatch(/^(handshake_closed|connection_failed)$/);
  });

  test.each(ENDS)(
    'falls silent %s: the time is kept, and the error says what was heard last',
    async (_when, behave) => {
      const { error, name } = await connectTo(behave, { timeout: 150 });
      expect(error).toMatchObject({ code: 'timeout', facts: { stage: 'handshake', peer: name, timeout: 150 } });
    },
  );

  test('one byte at a time is fine, as long as it is right', async () => {
    const name = uniqueName('slow');
    const node: HiddenNode = await cluster.node({ listen: false });
    await using listener = await HandmadeListener.start(async (socket) => {
      const peer = new HandmadePeer(socket, { name, cookie: cluster.cookie });
      const trickle = async (bytes: Buffer) => {
        for (const byte of bytes) {
          peer.write(Buffer.from([byte]));
          await new Promise((resolve) => setImmediate(resolve));
        }
      };
      await afterName(peer);
      await trickle(Buffer.concat([packet('sok'), peer.challengePacket()]));
      await trickle(peer.acknowledgePacket((await peer.readPacket()).readUInt32BE(1)));
    });
    await node.connect(name, { port: listener.port });
    await until('the link', () => node.nodes().includes(name));
  });
});

describe('many peers that never finish', () => {
  async function attempts(behave: (socket: Socket) => unknown, count: number, timeout: number) {
    const node = await cluster.node();
    const listener = await HandmadeListener.start(behave);
    const errors = Array.from({ length: count }, () =>
      failure(node.connect(uniqueName('mute'), { port: listener.port, timeout })),
    );
    await until('all connections', () => listener.connections === count);
    return { node, listener, errors };
  }

  test('200 that accept and say nothing do not hold up another connect, and each ends at its time', async () => {
    const { node, listener, errors } = await attempts(() => undefined, 200, 1_500);
    let over = 0;
    for (const error of errors) void error.then(() => over++);
    await node.connect(beam.name);
    expect(over).toBe(0);
    for (const error of await Promise.all(errors)) {
      expect(error).toMatchObject({ code: 'timeout', facts: { stage: 'handshake', timeout: 1_500, last: 'nothing' } });
    }
    expect(node.nodes()).toEqual([beam.name]);
    await listener.stop();
  });

  test('nor do 80 that fall silent after their status, more than there are places for handshakes', async () => {
    const say = (socket: Socket) => socket.write(packet('sok'));
    const { node, listener, errors } = await attempts(say, 80, 20_000);
    await node.connect(beam.name);
    expect(node.nodes()).toEqual([beam.name]);
    await node.stop();
    const codes = new Set((await Promise.all(errors)).map((error) => (error as { code: string }).code));
    expect([...codes].sort()).toEqual(['handshake_limit', 'node_stopped']);
    await listener.stop();
  });
});
