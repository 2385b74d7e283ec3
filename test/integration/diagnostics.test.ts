/** The diagnostics channels: what they tell, and what they never do. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { atom, registered, tuple } from '../../lib/index.ts';
import { Cluster, type NamedErlang, uniqueName } from '../helpers/cluster.ts';
import { HandmadePeer } from '../helpers/handmade-peer.ts';
import { failure, until } from '../helpers/until.ts';

const CHANNELS = ['connect', 'handshake', 'nodeup', 'nodedown', 'dropped'].map((name) => `hidden-node:${name}`);
const SECRET = 'secret_payload';

interface Published {
  channel: string;
  event: Record<string, unknown>;
}

let cluster: Cluster;
let beam: NamedErlang;
let published: Published[];
const listen = (event: unknown, channel: string | symbol) =>
  published.push({ channel: String(channel).replace('hidden-node:', ''), event: event as Record<string, unknown> });

beforeAll(async () => {
  cluster = await Cluster.start();
  beam = await cluster.beam();
});
beforeEach(() => {
  published = [];
  for (const name of CHANNELS) subscribe(name, listen);
});
afterEach(async () => {
  for (const name of CHANNELS) unsubscribe(name, listen);
  await cluster.stopNodes();
});
afterAll(() => cluster.stop());

function of(channel: string): Record<string, unknown>[] {
  return published.filter((p) => p.channel === channel).map(({ event }) => event);
}

test('the life of a link: connect, handshake, nodeup, nodedown', async () => {
  const node = await cluster.node();
  await node.connect(beam.name);
  await node.disconnect(beam.name);
  const common = { node: node.name, peer: beam.name };
  expect(published.map(({ channel }) => channel)).toEqual(['connect', 'handshake', 'nodeup', 'nodedown']);
  expect(of('connect')).toEqual([common]);
  expect(of('handshake')).toMatchObject([{ ...common, direction: 'outgoing', code: undefined }]);
  expect(of('handshake')[0]!.duration).toBeGreaterThan(0);
  expect(of('handshake')[0]!.remote).toMatch(/^127\.0\.0\.1:\d+$/);
  expect(of('nodeup')).toMatchObject([common]);
  expect(of('nodedown')).toMatchObject([{ ...common, code: 'disconnected' }]);
});

test('an incoming link names its peer and direction', async () => {
  const node = await cluster.node();
  await beam.erlang.evaluate(`net_adm:ping('${node.name}')`);
  expect(of('handshake')).toMatchObject([{ node: node.name, peer: beam.name, direction: 'incoming', code: undefined }]);
  expect(of('connect')).toEqual([]);
  expect(of('nodeup')).toHaveLength(1);
});

test('a handshake that fails says with what code, and whose it was when that is known', async () => {
  const node = await cluster.node();
  const stranger = await HandmadePeer.connect(node.port!, { name: 'x', cookie: 'x' });
  stranger.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
  await until('the event', () => of('handshake').length === 1);
  const thief = await HandmadePeer.connect(node.port!, { name: uniqueName('thief'), cookie: 'guess' });
  await failure(thief.shakeHands());
  await until('the event', () => of('handshake').length === 2);
  expect(of('handshake')).toMatchObject([
    { peer: undefined, direction: 'incoming', code: 'handshake_failed' },
    { peer: expect.stringContaining('thief'), direction: 'incoming', code: 'cookie_mismatch' },
  ]);
  expect(of('nodeup')).toEqual([]);
});

test('what is dropped is told, with what it was for and why', async () => {
  const node = await cluster.node();
  const other = await cluster.node();
  const closed = node.mailbox();
  closed.close();
  other.send(registered('nobody', node.name), SECRET);
  other.send(closed.pid, SECRET);
  other.send(node.reference(), SECRET);
  await until('all three', () => of('dropped').length === 3);
  expect(of('dropped')).toEqual([
    { node: node.name, to: 'nobody', reason: 'no_process', count: 1 },
    { node: node.name, to: 'pid', reason: 'no_process', count: 1 },
    { node: node.name, to: 'alias', reason: 'no_alias', count: 1 },
  ]);
  const nobody = uniqueName('nobody');
  for (let n = 0; n < 4; n++) node.send(registered('x', nobody), n);
  await until('the loss', () => of('dropped').length === 4);
  expect(of('dropped')[3]).toEqual({ node: node.name, to: nobody, reason: 'noconnection', count: 4 });
});

test('an answer that comes too late is dropped, and told', async () => {
  const node = await cluster.node();
  await node.connect(beam.name);
  const abort = new AbortController();
  const before = node.stats()[beam.name]!.messagesOut;
  const call = failure(node.rpc(beam.name, 'timer', 'sleep', [200], { signal: abort.signal, via: 'rex' }));
  await until('the call to be made', () => node.stats()[beam.name]!.messagesOut > before);
  abort.abort();
  expect(await call).toMatchObject({ code: 'aborted' });
  await until('the late answer', () => of('dropped').length === 1);
  expect(of('dropped')).toMatchObject([{ node: node.name, to: 'alias', reason: 'no_alias', count: 1 }]);
});

test('no event holds a cookie or a payload', async () => {
  const node = await cluster.node();
  const inbox = node.mailbox('inbox');
  await node.connect(beam.name);
  await failure(node.rpc(beam.name, 'erlang', 'error', [SECRET]));
  node.send(registered('nobody', beam.name), SECRET);
  await beam.erlang.evaluate(`begin {nobody, '${node.name}'} ! ${SECRET}, {inbox, '${node.name}'} ! ${SECRET} end`);
  expect(await inbox.receive({ timeout: 5_000 })).toBe(atom(SECRET));
  const peer = await HandmadePeer.connect(node.port!, { name: uniqueName('bad'), cookie: cluster.cookie });
  await peer.shakeHands();
  peer.write(Buffer.concat([Buffer.from([0, 0, 0, SECRET.length]), Buffer.from(SECRET)]));
  await until('the bad link to be closed', () => of('nodedown').length === 1);
  const wrong = await cluster.node({ cookie: 'wrong_cookie' });
  await failure(wrong.connect(beam.name));
  wrong.send(registered('x', uniqueName('nobody')), tuple(SECRET));
  await until('the loss', () => of('dropped').some(({ reason }) => reason === 'noconnection'));
  const everything = inspect(published, { depth: Infinity, showHidden: true }) + JSON.stringify(published);
  expect(new Set(published.map(({ channel }) => channel))).toEqual(
    new Set(['connect', 'handshake', 'nodeup', 'nodedown', 'dropped']),
  );
  expect(everything).not.toMatch(/secret_payload|test_cookie|wrong_cookie/);
});

test('neither does a node that is printed', async () => {
  const node = await cluster.node();
  await node.connect(beam.name);
  node.mailbox('inbox');
  const text = inspect(node, { depth: Infinity, showHidden: true });
  expect(text).not.toContain(cluster.cookie);
});
