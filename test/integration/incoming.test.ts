/** Peers that connect to this node and do not mean well: they get nowhere, and nobody else notices. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { HiddenNode, HiddenNodeError } from '../../lib/index.ts';
import { uniqueName, useCluster } from '../helpers/cluster.ts';
import { HandmadePeer, packet, USUAL_FLAGS } from '../helpers/handmade-peer.ts';
import { until } from '../helpers/until.ts';

const { cluster, beam } = useCluster();

type Failed = { peer: string | undefined; reason: HiddenNodeError };

/** A node and the connections to it that failed. */
async function target(): Promise<{ node: HiddenNode; failed: Failed[] }> {
  const node = await cluster.node();
  const failed: Failed[] = [];
  node.on('linkfailed', (peer, reason) => failed.push({ peer, reason }));
  return { node, failed };
}

async function stillServes(node: HiddenNode): Promise<void> {
  expect(await beam.erlang.evaluate(`net_adm:ping('${node.name}')`)).toBe('pong');
  expect(node.nodes()).toEqual([beam.name]);
}

describe('a connection that says', () => {
  const BYTES: [string, Buffer, string][] = [
    ['a request of the web', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), 'handshake_failed'],
    ['a packet of no bytes', Buffer.from([0, 0]), 'handshake_failed'],
    ['a packet of 65535 bytes', Buffer.alloc(70_000, 0xff), 'handshake_failed'],
    ['a name packet without a name', packet('N', Buffer.alloc(14)), 'handshake_failed'],
    ['a name packet of the old version 5', packet('n', Buffer.alloc(6), 'old@127.0.0.1'), 'handshake_failed'],
    [
      'a name that is longer than its packet',
      packet('N', Buffer.alloc(12, 1), Buffer.from([255, 255]), 'a@b'),
      'handshake_failed',
    ],
    ['a status', packet('sok'), 'handshake_failed'],
  ];
  test.each(BYTES)('%s is closed', async (_what, bytes, code) => {
    const { node, failed } = await target();
    const peer = await HandmadePeer.connect(node.port!, { name: 'x@127.0.0.1', cookie: 'x' });
    peer.write(bytes);
    await peer.untilEnded();
    await until('the report', () => failed.length === 1);
    expect(failed[0]!.reason.code).toBe(code);
    await stillServes(node);
  });
});

describe('a peer is refused', () => {
  test.each([
    { why: 'its name is of the other kind', name: 'short@host' },
    { why: 'its name is no name', name: 'no name' },
    { why: 'its name has no host', name: 'nohost' },
    { why: 'its name is no ASCII', name: 'ü@127.0.0.1' },
  ])('with not_allowed when $why', async ({ name }) => {
    const { node, failed } = await target();
    const peer = await HandmadePeer.connect(node.port!, { name, cookie: cluster.cookie });
    peer.write(peer.namePacket());
    expect((await peer.readPacket()).toString()).toBe('snot_allowed');
    await peer.untilEnded();
    await until('the report', () => failed.length === 1);
    expect(failed[0]!.reason).toMatchObject({ code: 'peer_refused', facts: { status: 'not_allowed' } });
    await stillServes(node);
  });

  test('with not_allowed when it has the name of this node', async () => {
    const { node } = await target();
    const peer = await HandmadePeer.connect(node.port!, { name: node.name, cookie: cluster.cookie });
    peer.write(peer.namePacket());
    expect((await peer.readPacket()).toString()).toBe('snot_allowed');
    await stillServes(node);
  });

  test('when it lacks a mandatory flag, and the error says which', async () => {
    const { node, failed } = await target();
    const flags = USUAL_FLAGS & ~0x4000000n & ~0x400n;
    const name = uniqueName('old');
    const peer = await HandmadePeer.connect(node.port!, { name, cookie: cluster.cookie, flags });
    peer.write(peer.namePacket());
    await peer.untilEnded();
    await until('the report', () => failed.length === 1);
    expect(failed[0]).toMatchObject({
      peer: name,
      reason: { code: 'missing_flags', facts: { missing: ['BIT_BINARIES'] } },
    });
    await stillServes(node);
  });

  test('when its digest is wrong, before it can say anything else', async () => {
    const { node, failed } = await target();
    const inbox = node.mailbox('inbox');
    const name = uniqueName('thief');
    const peer = await HandmadePeer.connect(node.port!, { name, cookie: 'guessed' });
    await expect(peer.shakeHands()).rejects.toThrow();
    await until('the report', () => failed.length === 1);
    expect(failed[0]).toMatchObject({ peer: name, reason: { code: 'cookie_mismatch' } });
    expect(inbox.size).toBe(0);
    await stillServes(node);
  });
});

describe('a peer that leaves in the middle', () => {
  const STEPS: [string, (peer: HandmadePeer) => Promise<unknown>][] = [
    ['at once', async () => undefined],
    ['within its name', async (peer) => peer.write(peer.namePacket().subarray(0, 9))],
    ['after its name', async (peer) => peer.write(peer.namePacket())],
    [
      'after our challenge',
      async (peer) => {
        peer.write(peer.namePacket());
        await peer.readPacket();
        await peer.readPacket();
      },
    ],
    [
      'within its reply',
      async (peer) => {
        peer.write(peer.namePacket());
        await peer.readPacket();
        peer.write(peer.replyPacket((await peer.readPacket()).readUInt32BE(9)).subarray(0, 12));
      },
    ],
  ];
  test.each(STEPS)('%s is reported and forgotten', async (_when, step) => {
    const { node, failed } = await target();
    const peer = await HandmadePeer.connect(node.port!, { name: uniqueName('quitter'), cookie: cluster.cookie });
    await step(peer);
    peer.socket.end();
    await until('the report', () => failed.length === 1);
    expect(failed[0]!.reason.code).toBe('handshake_closed');
    await stillServes(node);
  });
});

/** Opens many connections at once; they are all open when this resolves. */
async function connections(port: number, count: number): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1'));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  for (const socket of sockets) socket.on('error', () => undefined).resume();
  return sockets;
}

describe('many peers that fall silent', () => {
  test('200 that say nothing do not hold up an Erlang node', async () => {
    const { node, failed } = await target();
    const sockets = await connections(node.port!, 200);
    await stillServes(node);
    // That was not because somebody had given up.
    expect(failed).toEqual([]);
    expect(sockets.every((socket) => !socket.closed)).toBe(true);
    for (const socket of sockets) socket.destroy();
  });

  /** Peers that say a valid name and nothing more, until they hold every place that there is for a handshake. */
  async function mutes(node: HiddenNode): Promise<Socket[]> {
    const sockets = await connections(node.port!, 80);
    let challenged = 0;
    for (const socket of sockets) {
      const peer = new HandmadePeer(socket, { name: uniqueName('mute'), cookie: 'unknown' });
      peer.write(peer.namePacket());
      peer
        .readPacket()
        .then(() => peer.readPacket())
        .then(
          () => challenged++,
          () => undefined,
        );
    }
    await until('all places to be taken', () => challenged >= 32);
    return sockets;
  }

  test('more than there are places for handshakes, each with a valid name, do not keep an Erlang node out', async () => {
    const { node, failed } = await target();
    const sockets = await mutes(node);
    await stillServes(node);
    expect(failed.length).toBeGreaterThan(0);
    for (const { reason } of failed) expect(reason).toMatchObject({ code: 'handshake_limit' });
    for (const socket of sockets) socket.destroy();
  });

  test('nor do they keep this node from connecting to it', async () => {
    const { node } = await target();
    const sockets = await mutes(node);
    await node.connect(beam.name);
    expect(node.nodes()).toEqual([beam.name]);
    for (const socket of sockets) socket.destroy();
  });

  test('stop closes them all', async () => {
    const { node } = await target();
    const sockets = await connections(node.port!, 50);
    await node.stop();
    await until('all to be closed', () => sockets.every((socket) => socket.closed));
  });
});
