/** What goes wrong in a cluster, and the documented outcome each time: for links, monitors, calls and messages alike. */
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  ANY,
  atom,
  encode,
  format,
  type HiddenNode,
  type Mailbox,
  registered,
  type Term,
  type Tuple,
  tuple,
} from '../../lib/index.ts';
import { type NamedErlang, uniqueName, useCluster } from '../helpers/cluster.ts';
import { CuttingProxy } from '../helpers/cutting-proxy.ts';
import { Epmd } from '../helpers/epmd.ts';
import { portOf } from '../helpers/links.ts';
import { Puppet } from '../helpers/puppet.ts';
import { failure } from '../helpers/until.ts';

const NET_TICK_TIME = 2;
const DOWN = atom('DOWN');
const EXIT = atom('EXIT');

const { cluster, beam: witness } = useCluster();

let mortal: NamedErlang;
let node: HiddenNode;
let inbox: Mailbox;
let puppet: Puppet;
let downs: string[];

beforeEach(async () => {
  mortal = await cluster.beam({ arguments: ['-kernel', 'net_ticktime', String(NET_TICK_TIME)] });
  node = await cluster.node({ netTickTime: NET_TICK_TIME * 1_000 });
  downs = [];
  node.on('nodedown', (name, reason) => downs.push(`${name} ${reason.code}`));
  inbox = node.mailbox('inbox', { trapExit: true });
});
afterEach(async () => {
  mortal.erlang.signal('SIGKILL');
});

/** Links, monitors, and calls of every kind under way to the node that is going to be in trouble. */
async function entangle(): Promise<{ calls: Promise<unknown>[] }> {
  puppet = await Puppet.start(mortal, node);
  inbox.link(puppet.pid);
  inbox.monitor(puppet.pid);
  inbox.monitor(registered(puppet.name, mortal.name));
  inbox.monitorNode(mortal.name);
  const sleeping = { timeout: 60_000 };
  const calls = [
    failure(node.rpc(mortal.name, 'timer', 'sleep', [60_000], sleeping)),
    failure(node.call(registered(puppet.name, mortal.name), 'no answer', sleeping)),
  ];
  await node.ping(mortal.name);
  return { calls };
}

/** Everything that was tied to the node has heard that it is gone, once. */
async function expectNoconnection(calls: Promise<unknown>[]): Promise<void> {
  for (const call of calls) expect(await call).toMatchObject({ code: 'noconnection' });
  const reasons: string[] = [];
  for (const kind of [tuple(EXIT, ANY, ANY), tuple(DOWN, ANY, ANY, ANY, ANY), tuple(DOWN, ANY, ANY, ANY, ANY)]) {
    const message = (await inbox.receive({ match: kind, timeout: 10_000 })) as Tuple<Term[]>;
    reasons.push(format(message.elements.at(-1) as Term));
  }
  expect(reasons).toEqual(['noconnection', 'noconnection', 'noconnection']);
  expect(await inbox.receive({ timeout: 10_000 })).toEqual(tuple(atom('nodedown'), atom(mortal.name)));
  expect(inbox.size).toBe(0);
}

/** EPMD has seen that the node is gone. */
async function forgotten(): Promise<void> {
  const alive = mortal.name.split('@')[0];
  await witness.erlang.evaluateUntil(`lists:keymember("${alive}", 1, element(2, net_adm:names()))`, 'false');
}

test('kill -9 of a peer: everything tied to it hears noconnection, and its successor is reached at once', async () => {
  await node.connect(mortal.name);
  const { calls } = await entangle();
  mortal.erlang.signal('SIGKILL');
  await expectNoconnection(calls);
  expect(downs).toEqual([`${mortal.name} noconnection`]);
  await forgotten();
  expect(await failure(node.rpc(mortal.name, 'erlang', 'node'))).toMatchObject({ code: 'peer_unknown' });
  mortal = await cluster.beam({ name: mortal.name });
  expect(await node.rpc(mortal.name, 'erlang', 'node')).toBe(atom(mortal.name));
  // What was tied to the one before is not tied to its successor, also where pids are the same.
  inbox.monitor(puppet.pid);
  const message = (await inbox.receive({ timeout: 10_000 })) as Tuple<Term[]>;
  expect(format(message.elements[4] as Term)).toMatch(/^(noproc|noconnection)$/);
});

test('SIGSTOP of a peer: it is down within the net tick time, and can be reached again after SIGCONT', async () => {
  await node.connect(mortal.name);
  const { calls } = await entangle();
  const stopped = performance.now();
  mortal.erlang.signal('SIGSTOP');
  await expectNoconnection(calls);
  const silence = performance.now() - stopped;
  expect(downs).toEqual([`${mortal.name} net_tick_timeout`]);
  expect(silence).toBeGreaterThan(NET_TICK_TIME * 1_000 * 0.74);
  expect(silence).toBeLessThan(NET_TICK_TIME * 1_000 * 1.5);
  mortal.erlang.signal('SIGCONT');
  await node.connect(mortal.name, { retry: true, timeout: 15_000 });
  expect(await node.rpc(mortal.name, 'erlang', 'node')).toBe(atom(mortal.name));
  expect(await mortal.erlang.evaluate('nodes(hidden)')).toBe(`['${node.name}']`);
});

test('SIGSTOP and SIGCONT within the net tick time: nothing is lost, nothing is out of order', async () => {
  await node.connect(mortal.name);
  await mortal.erlang.evaluate(`register(echo, spawn(fun Loop() -> receive {From, N} -> From ! N, Loop() end end))`);
  await node.ping(mortal.name);
  mortal.erlang.signal('SIGSTOP');
  for (let n = 0; n < 1_000; n++) inbox.send(registered('echo', mortal.name), tuple(inbox.pid, n));
  mortal.erlang.signal('SIGCONT');
  for (let n = 0; n < 1_000; n++) expect(await inbox.receive({ timeout: 10_000 })).toBe(n);
  expect(downs).toEqual([]);
});

test('epmd killed: links go on, new ones cannot be found; epmd back: the node registers again, and peers find it', async () => {
  await using epmd = await Epmd.start();
  const own = await cluster.node({ epmd: { port: epmd.port } });
  await own.connect(mortal.name, { port: await portOf(mortal) });
  const lost = once(own, 'epmdlost');
  await epmd.stop();
  expect((await lost)[0]).toMatchObject({ code: 'epmd_unreachable' });
  expect(own.registeredInEpmd).toBe(false);
  expect(await own.rpc(mortal.name, 'erlang', 'node')).toBe(atom(mortal.name));
  expect(await failure(own.connect(uniqueName('anybody')))).toMatchObject({ code: 'epmd_unreachable' });
  const regained = once(own, 'epmdregained');
  await using back = await Epmd.start(epmd.port);
  await regained;
  await using other = await (async () => {
    const second = await cluster.node({ epmd: { port: back.port } });
    return { node: second, [Symbol.asyncDispose]: () => second.stop() };
  })();
  expect(await other.node.ping(own.name)).toBe(true);
});

describe('a link that is cut in the middle of a frame', () => {
  let proxy: CuttingProxy;
  beforeEach(async () => {
    proxy = await CuttingProxy.start(await portOf(mortal));
    await node.connect(mortal.name, { host: '127.0.0.1', port: proxy.port });
  });
  afterEach(() => proxy.stop());

  test('of ours: what was whole arrives, nothing of the rest, and everybody is told', async () => {
    const { calls } = await entangle();
    const receiver = await Puppet.start(mortal, node);
    const message = tuple(atom('number'), 1, Buffer.alloc(1_000));
    // Three messages and a half, with a little for the control messages.
    proxy.cutAfter('out', Math.floor(3.5 * (encode(message).length + 30)));
    for (let n = 0; n < 10; n++) node.send(receiver.pid, message);
    await expectNoconnection(calls);
    expect(downs).toEqual([`${mortal.name} noconnection`]);
    const messages = await mortal.erlang.evaluate(`process_info(whereis(${receiver.name}), message_queue_len)`);
    expect(messages).toBe('{message_queue_len,3}');
    expect(await node.rpc(mortal.name, 'erlang', 'node')).toBe(atom(mortal.name));
  });

  test.each([1, 2, 3, 4, 5, 6, 20, 500, 999])(
    "of the peer's, after %i bytes: it is as if it had not been sent",
    async (bytes) => {
      const { calls } = await entangle();
      proxy.cutAfter('in', bytes);
      await mortal.erlang.evaluate(`{inbox, '${node.name}'} ! binary:copy(<<1>>, 1000), ok`);
      await expectNoconnection(calls);
      expect(downs).toEqual([`${mortal.name} noconnection`]);
    },
  );
});
