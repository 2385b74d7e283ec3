/** Links over streams of bytes in memory: no socket and no EPMD. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { atom, HiddenNode, registered, tuple } from '../../lib/index.ts';
import { uniqueName } from '../helpers/cluster.ts';
import { duplexPair } from '../helpers/duplex-pair.ts';
import { packet } from '../helpers/handmade-peer.ts';
import { failure, until } from '../helpers/until.ts';

const nodes: HiddenNode[] = [];

async function start(options: { name?: string; cookie?: string; timeout?: number } = {}): Promise<HiddenNode> {
  const node = await HiddenNode.start({ name: uniqueName('stream'), cookie: 'secret', listen: false, ...options });
  nodes.push(node);
  return node;
}

async function linked(): Promise<[HiddenNode, HiddenNode]> {
  const [a, b] = [await start(), await start()];
  const [near, far] = duplexPair();
  const accepted = b.accept(far);
  await a.connect(b.name, { stream: near });
  expect(await accepted).toBe(a.name);
  return [a, b];
}

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop()));
});

test('two nodes meet over a pair of streams, and both know each other', async () => {
  const [a, b] = await linked();
  expect(a.nodes()).toEqual([b.name]);
  expect(b.nodes()).toEqual([a.name]);
  expect(a.stats()[b.name]!.remote).toBe('stream');
  expect(await a.ping(b.name)).toBe(true);
  expect(await b.ping(a.name)).toBe(true);
});

test('a stream that is not needed, because there is a link, is closed', async () => {
  const [a, b] = await linked();
  const [near, far] = duplexPair();
  await a.connect(b.name, { stream: near });
  expect(near.destroyed).toBe(true);
  far.destroy();
  expect(await a.ping(b.name)).toBe(true);
});

test('messages go both ways, in order', async () => {
  const [a, b] = await linked();
  const [inboxA, inboxB] = [a.mailbox('inbox'), b.mailbox('inbox')];
  for (let n = 0; n < 1_000; n++) {
    a.send(registered('inbox', b.name), n);
    b.send(inboxA.pid, -n);
  }
  for (let n = 0; n < 1_000; n++) {
    expect(await inboxB.receive({ timeout: 5_000 })).toBe(n);
    expect(await inboxA.receive({ timeout: 5_000 })).toBe(n === 0 ? 0 : -n);
  }
});

test('large messages arrive whole, at the same time in both directions', async () => {
  const [a, b] = await linked();
  const [inboxA, inboxB] = [a.mailbox('inbox'), b.mailbox('inbox')];
  const large = randomBytes(8 * 1024 * 1024);
  a.send(registered('inbox', b.name), tuple(atom('large'), large));
  b.send(registered('inbox', a.name), tuple(atom('large'), large, large));
  const [toB, toA] = await Promise.all([inboxB.receive({ timeout: 10_000 }), inboxA.receive({ timeout: 10_000 })]);
  const [, first] = (toB as ReturnType<typeof tuple>).elements as [unknown, Buffer];
  const [, second, third] = (toA as ReturnType<typeof tuple>).elements as [unknown, Buffer, Buffer];
  expect(first.equals(large)).toBe(true);
  expect(second.equals(large) && third.equals(large)).toBe(true);
});

describe('the end of a link', () => {
  test('by disconnect is seen by the other side, and the streams are closed', async () => {
    const [a, b] = [await start(), await start()];
    const [near, far] = duplexPair();
    const accepted = b.accept(far);
    await a.connect(b.name, { stream: near });
    await accepted;
    const closed = Promise.all([once(near, 'close'), once(far, 'close')]);
    const down = once(b, 'nodedown');
    expect(await a.disconnect(b.name)).toBe(true);
    expect(await down).toMatchObject([a.name, { code: 'noconnection' }]);
    await closed;
  });

  test('by an error of the stream carries that error as its cause', async () => {
    const [a, b] = [await start(), await start()];
    const [near, far] = duplexPair();
    const accepted = b.accept(far);
    await a.connect(b.name, { stream: near });
    await accepted;
    const down = once(a, 'nodedown');
    near.destroy(new Error('the wire was cut'));
    const [name, reason] = await down;
    expect(name).toBe(b.name);
    expect(reason).toMatchObject({ code: 'noconnection', cause: { code: 'connection_failed' } });
    expect(reason.cause.message).toContain('the wire was cut');
    await until('the other side', () => b.nodes().length === 0);
  });

  test('by stop sends what was accepted before', async () => {
    const [a, b] = await linked();
    const inbox = b.mailbox('inbox');
    for (let n = 0; n < 100; n++) a.send(registered('inbox', b.name), n);
    await a.stop();
    for (let n = 0; n < 100; n++) expect(await inbox.receive({ timeout: 5_000 })).toBe(n);
  });
});

describe('a stream handshake that fails', () => {
  test('for a wrong cookie fails on both sides, and closes the streams', async () => {
    const [a, b] = [await start(), await start({ cookie: 'another' })];
    const [near, far] = duplexPair();
    const accepted = failure(b.accept(far));
    expect(await failure(a.connect(b.name, { stream: near }))).toMatchObject({ code: 'cookie_mismatch' });
    expect(await accepted).toMatchObject({ code: 'cookie_mismatch', facts: { peer: a.name } });
    expect(near.destroyed).toBe(true);
    await until('the other stream', () => far.destroyed);
  });

  test('for another name than asked says both names', async () => {
    const [a, b] = [await start(), await start()];
    const [near, far] = duplexPair();
    const accepted = failure(b.accept(far));
    const expected = uniqueName('asked');
    expect(await failure(a.connect(expected, { stream: near }))).toMatchObject({
      code: 'peer_name_mismatch',
      facts: { expected, actual: b.name },
    });
    expect(await accepted).toMatchObject({ code: 'handshake_closed' });
  });

  test('for silence ends at the time that was given, on either side', async () => {
    const a = await start();
    const late = { code: 'timeout', facts: { stage: 'handshake', timeout: 50 } };
    const peer = uniqueName('mute');
    expect(await failure(a.connect(peer, { stream: duplexPair()[0], timeout: 50 }))).toMatchObject(late);
    expect(await failure(a.accept(duplexPair()[0], { timeout: 50 }))).toMatchObject(late);
  });

  test('stop ends it', async () => {
    const a = await start();
    const [near] = duplexPair();
    const accepting = failure(a.accept(near));
    await a.stop();
    expect(await accepting).toMatchObject({ code: 'node_stopped' });
    expect(near.destroyed).toBe(true);
    expect(await failure(a.accept(duplexPair()[0]))).toMatchObject({ code: 'node_stopped' });
  });

  test('a peer that answers nok is waited for, and then given up', async () => {
    const a = await start();
    const [near, far] = duplexPair();
    const peer = uniqueName('zz');
    const attempt = failure(a.connect(peer, { stream: near, timeout: 100 }));
    await once(far, 'readable');
    far.write(packet('snok'));
    expect(await attempt).toMatchObject({ code: 'peer_refused', facts: { peer, status: 'nok' } });
  });
});
