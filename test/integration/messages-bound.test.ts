/** Mailboxes with a bound: their links stop reading, so that Erlang suspends its senders, and nothing is lost. */
import diagnostics_channel from 'node:diagnostics_channel';
import { connect as connectSocket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type HiddenNode, type Mailbox, registered, type Term, type Tuple, tuple } from '../../lib/index.ts';
import { Cluster, type NamedErlang } from '../helpers/cluster.ts';
import { duplexPair } from '../helpers/duplex-pair.ts';
import { failure, until } from '../helpers/until.ts';

/** The shortest that makes sense for a BEAM, in seconds. */
const NET_TICK_TIME = 2;
const QUICK = { arguments: ['-kernel', 'net_ticktime', String(NET_TICK_TIME)] };

/** More than the socket buffers of both sides and the queue of the BEAM take: 80 MB in messages of 8 KB. */
const FLOOD = 10_000;
const SIZE = 8_000;

let cluster: Cluster;
let beam: NamedErlang;
let other: NamedErlang;

beforeAll(async () => {
  cluster = await Cluster.start();
  [beam, other] = await Promise.all([cluster.beam(QUICK), cluster.beam(QUICK)]);
});
afterEach(async () => {
  await Promise.all([endFlood(beam), endFlood(other)]);
  await cluster.stopNodes();
});
afterAll(() => cluster.stop());

function start(): Promise<HiddenNode> {
  return cluster.node({ netTickTime: NET_TICK_TIME * 1_000 });
}

/** Makes a process of the BEAM send `{N, Payload}` to a name on a node, N from 1, as fast as it can. */
async function flood(from: NamedErlang, node: HiddenNode, name: string, count = FLOOD, size = SIZE): Promise<void> {
  await from.erlang.evaluate(`
    register(flooder, spawn(fun() ->
      Payload = binary:copy(<<7>>, ${size}),
      (fun Loop(${count}) -> ok; Loop(N) -> {'${name}', '${node.name}'} ! {N + 1, Payload}, Loop(N + 1) end)(0)
    end)), ok`);
}

async function endFlood(from: NamedErlang): Promise<void> {
  await from.erlang.evaluate('catch exit(whereis(flooder), kill), ok');
  await from.erlang.evaluateUntil('whereis(flooder)', 'undefined');
}

function suspended(from: NamedErlang): Promise<void> {
  return from.erlang.evaluateUntil('process_info(whereis(flooder), status)', '{status,suspended}');
}

/** The link is held up, and the sender at its other end is suspended. */
async function standstill(node: HiddenNode, from: NamedErlang): Promise<void> {
  await until('the link to be held up', () => node.stats()[from.name]?.paused);
  await suspended(from);
}

function numberOf(message: Term): number {
  return (message as Tuple<[number, Buffer]>).elements[0];
}

/** Takes messages that must have the numbers `from` to `to`. */
async function takeInOrder(mailbox: Mailbox, from: number, to: number, each?: (n: number) => unknown): Promise<void> {
  for (let n = from; n <= to; n++) {
    const found = numberOf(await mailbox.receive({ timeout: 10_000 }));
    if (found !== n) throw new Error(`${found} came in place of ${n}`);
    await each?.(n);
  }
}

function downsOf(node: HiddenNode): string[] {
  const downs: string[] = [];
  node.on('nodedown', (name, { code }) => downs.push(`${name} ${code}`));
  return downs;
}

test('a BEAM that floods a mailbox is suspended for four net tick times, and loses neither the link nor a message', async () => {
  const node = await start();
  const downs = downsOf(node);
  const mailbox = node.mailbox('bounded', { bound: { messages: 100 } });
  const full: unknown[] = [];
  const heard = (message: unknown): unknown => full.push(message);
  diagnostics_channel.subscribe('hidden-node:full', heard);
  await node.connect(beam.name);
  await beam.erlang.evaluate('erlang:system_monitor(self(), [busy_dist_port]), ok');
  await flood(beam, node, 'bounded');
  await standstill(node, beam);
  diagnostics_channel.unsubscribe('hidden-node:full', heard);
  expect(full[0]).toEqual({ node: node.name, to: 'bounded', peer: beam.name });
  expect(await beam.erlang.evaluate('receive {monitor, P, busy_dist_port, _} -> P =:= whereis(flooder) end')).toBe(
    'true',
  );

  const before = node.stats()[beam.name]!;
  await delay(4 * NET_TICK_TIME * 1_000);
  const after = node.stats()[beam.name]!;
  expect(downs).toEqual([]);
  await beam.erlang.evaluateUntil('nodes(hidden)', `['${node.name}']`);
  expect(mailbox.size).toBe(100);
  expect(after).toMatchObject({ paused: true, bytesIn: before.bytesIn });
  expect(after.pausedTime).toBeGreaterThanOrEqual(4 * NET_TICK_TIME * 1_000);

  let most = 0;
  await takeInOrder(mailbox, 1, FLOOD, () => (most = Math.max(most, mailbox.size)));
  expect(most).toBeLessThanOrEqual(100);
  expect(mailbox.size).toBe(0);
  expect(await node.ping(beam.name)).toBe(true);
  expect(node.stats()[beam.name]).toMatchObject({ paused: false });
  expect(downs).toEqual([]);
});

test('a bound of bytes is exceeded by no more than one message', async () => {
  const node = await start();
  const mailbox = node.mailbox('bytes', { bound: { bytes: 1_000_000 } });
  await node.connect(beam.name);
  await flood(beam, node, 'bytes');
  await standstill(node, beam);
  expect(mailbox.size).toBe(Math.ceil(1_000_000 / (SIZE + 60)));
  await takeInOrder(mailbox, 1, FLOOD);
});

test('messages that are larger than the bound arrive one after another', async () => {
  const node = await start();
  const mailbox = node.mailbox('large', { bound: { bytes: 1_000 } });
  await node.connect(beam.name);
  await flood(beam, node, 'large', 50, 1_000_000);
  await standstill(node, beam);
  expect(mailbox.size).toBe(1);
  await takeInOrder(mailbox, 1, 50);
});

test('a loop takes everything in order, whatever the bound', async () => {
  const node = await start();
  const mailbox = node.mailbox('loop', { bound: { messages: 7 } });
  await node.connect(beam.name);
  await flood(beam, node, 'loop', 30_000, 5);
  let next = 1;
  for await (const message of mailbox) {
    expect(numberOf(message)).toBe(next++);
    if (next > 30_000) break;
  }
  expect(node.stats()[beam.name]!.messagesIn).toBe(30_000);
});

test('a handler that is set takes what waited and lets the link go on', async () => {
  const node = await start();
  const mailbox = node.mailbox('handler', { bound: { messages: 10 } });
  await node.connect(beam.name);
  await flood(beam, node, 'handler', 20_000, 5);
  await until('the mailbox to be full', () => node.stats()[beam.name]?.paused);
  const numbers: number[] = [];
  mailbox.onMessage((message) => numbers.push(numberOf(message)));
  await until('all of them', () => numbers.length === 20_000);
  expect(numbers).toEqual(Array.from({ length: 20_000 }, (_, n) => n + 1));
});

describe('what else comes over the link', () => {
  test('is not held up as long as nothing more comes for the mailbox that is full', async () => {
    const node = await start();
    const mailbox = node.mailbox('brim', { bound: { messages: 10 } });
    await node.connect(beam.name);
    await flood(beam, node, 'brim', 10, 5);
    await until('the mailbox to be full', () => mailbox.size === 10);
    expect(node.stats()[beam.name]).toMatchObject({ paused: false, pausedTime: 0 });
    expect(await node.rpc(beam.name, 'lists', 'sum', [[1, 2, 3]])).toBe(6);
  });

  test('gets through behind a flood as fast as its receiver takes that', async () => {
    const node = await start();
    const mailbox = node.mailbox('slow', { bound: { messages: 100 } });
    await node.connect(beam.name);
    await flood(beam, node, 'slow');
    await standstill(node, beam);
    let answered = 0;
    let taken = 0;
    const asked = node.ping(beam.name, { timeout: 20_000 }).then((answer) => {
      answered = taken;
      return answer;
    });
    await takeInOrder(mailbox, 1, FLOOD, async (n) => {
      taken = n;
      if (n % 20 === 0) await delay(1);
    });
    expect(await asked).toBe(true);
    // The answer came when what the BEAM had sent before it was taken: what the buffers on the way hold, not the whole flood.
    expect(answered).toBeGreaterThan(100);
    expect(answered).toBeLessThan(FLOOD * 0.8);
  });

  test('goes on within a tenth of a second when one message of a full mailbox is taken', async () => {
    const node = await start();
    const mailbox = node.mailbox('one', { bound: { messages: 100 } });
    const next = node.mailbox('next');
    await node.connect(beam.name);
    await beam.erlang.evaluate(
      `[{one, '${node.name}'} ! {N, x} || N <- lists:seq(1, 101)], {next, '${node.name}'} ! behind, ok`,
    );
    await until('the link to be held up', () => node.stats()[beam.name]?.paused);
    await mailbox.receive();
    const since = performance.now();
    expect(String(await next.receive({ timeout: 5_000 }))).toBe('behind');
    expect(performance.now() - since).toBeLessThan(1_000);
    expect(mailbox.size).toBe(100);
  });

  test('over other links is not held up', async () => {
    const node = await start();
    node.mailbox('bounded', { bound: { messages: 10 } });
    await Promise.all([node.connect(beam.name), node.connect(other.name)]);
    await flood(beam, node, 'bounded');
    await standstill(node, beam);
    expect(await node.rpc(other.name, 'lists', 'sum', [[1, 2]])).toBe(3);
    expect(node.stats()[other.name]).toMatchObject({ paused: false, pausedTime: 0 });
  });
});

test('several links wait for one mailbox, and all go on', async () => {
  const node = await start();
  const mailbox = node.mailbox('shared', { bound: { messages: 50 } });
  await Promise.all([node.connect(beam.name), node.connect(other.name)]);
  await Promise.all([flood(beam, node, 'shared', 3_000), flood(other, node, 'shared', 3_000)]);
  await until('both links to be held up', () => [beam, other].every(({ name }) => node.stats()[name]?.paused));
  expect(mailbox.size).toBe(50);
  const counts = new Map<number, number>();
  for (let n = 0; n < 6_000; n++) {
    const number = numberOf(await mailbox.receive({ timeout: 10_000 }));
    counts.set(number, (counts.get(number) ?? 0) + 1);
    expect(mailbox.size).toBeLessThanOrEqual(50);
  }
  expect(counts.size).toBe(3_000);
  expect([...counts.values()].every((count) => count === 2)).toBe(true);
});

test('messages by name, by pid and by alias, and exit signals that are trapped, all count', async () => {
  const node = await start();
  const mailbox = node.mailbox('all', { trapExit: true, bound: { messages: 2 } });
  const alias = mailbox.alias();
  await node.connect(beam.name);
  await beam.erlang.evaluate('register(sender, self())');
  const say = async (expression: string): Promise<void> => {
    node.send(registered('sender', beam.name), tuple(mailbox.pid, alias));
    await beam.erlang.evaluate(`receive {Pid, Alias} -> ${expression} end, f`);
  };
  await say(`{all, '${node.name}'} ! 1, Pid ! 2, Pid ! 3, Alias ! 4, exit(Pid, 5), Link = spawn(fun() -> link(Pid), exit(6) end),
    monitor(process, Link), receive {'DOWN', _, _, Link, _} -> ok end, {all, '${node.name}'} ! 7`);
  await until('the link to be held up', () => node.stats()[beam.name]?.paused);
  const seen: string[] = [];
  for (let n = 1; n <= 7; n++) {
    // Everything is here already, and comes in as soon as it may.
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(mailbox.size).toBeLessThanOrEqual(2);
    const message = await mailbox.receive({ timeout: 5_000 });
    seen.push(String(message).replace(/,<.*>,/, ','));
  }
  expect(seen).toEqual(['1', '2', '3', '4', "{'EXIT',5}", "{'EXIT',6}", '7']);
});

test('messages of this node itself always fit', async () => {
  const node = await start();
  const mailbox = node.mailbox('own', { bound: { messages: 3 } });
  for (let n = 0; n < 10; n++) expect(node.send(mailbox.pid, n)).toBe(true);
  await until('all of them', () => mailbox.size === 10);
});

test('a server with a bound takes its requests as it gets to them', async () => {
  const node = await start();
  const seen: Term[] = [];
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const server = {
    cast: async (request: Term) => {
      await gate;
      seen.push((request as Tuple<Term[]>).elements[0]);
    },
    call: () => seen.length,
  };
  node.serve('served', server, { bound: { messages: 20 } });
  await node.connect(beam.name);
  await beam.erlang.evaluate(`
    Payload = binary:copy(<<7>>, ${SIZE}),
    register(flooder, spawn(fun() -> [gen_server:cast({served, '${node.name}'}, {N, Payload}) || N <- lists:seq(1, 5000)] end)), f`);
  await standstill(node, beam);
  const answered = beam.erlang.evaluate(`gen_server:call({served, '${node.name}'}, seen, 20000)`);
  open();
  await until('all of them', () => seen.length === 5_000);
  expect(seen).toEqual(Array.from({ length: 5_000 }, (_, n) => n + 1));
  expect(Number(await answered)).toBeGreaterThan(0);
});

describe('while a link is held up', () => {
  async function held(bound = { messages: 10 }) {
    const doomed = await cluster.beam(QUICK);
    const node = await start();
    const downs = downsOf(node);
    const mailbox = node.mailbox('held', { bound });
    await node.connect(doomed.name);
    await flood(doomed, node, 'held');
    await standstill(node, doomed);
    return { doomed, node, downs, mailbox };
  }

  test('a peer that is killed is down within the net tick time', async () => {
    const { doomed, node, downs, mailbox } = await held();
    const killed = performance.now();
    doomed.erlang.signal('SIGKILL');
    await until('nodedown', () => downs.length > 0);
    expect(performance.now() - killed).toBeLessThan(NET_TICK_TIME * 1_000);
    expect(downs).toEqual([`${doomed.name} noconnection`]);
    // What is in the mailbox stays, and nothing comes from the dead.
    await takeInOrder(mailbox, 1, 10);
    expect(await failure(mailbox.receive({ timeout: 300 }))).toMatchObject({ code: 'timeout' });
    expect(node.nodes()).toEqual([]);
  });

  test('disconnect closes it at once', async () => {
    const { doomed, node, downs } = await held();
    // It would connect again.
    await endFlood(doomed);
    const since = performance.now();
    expect(await node.disconnect(doomed.name)).toBe(true);
    expect(performance.now() - since).toBeLessThan(1_500);
    expect(downs).toEqual([`${doomed.name} disconnected`]);
    await doomed.erlang.evaluateUntil('nodes(hidden)', '[]');
    expect(await node.ping(doomed.name)).toBe(true);
  });

  test('the node can be stopped', async () => {
    const { doomed, node, mailbox } = await held();
    const since = performance.now();
    await node.stop();
    expect(performance.now() - since).toBeLessThan(1_500);
    expect(await failure(mailbox.receive())).toMatchObject({ code: 'node_stopped' });
    await doomed.erlang.evaluateUntil('nodes(hidden)', '[]');
  });

  test('the mailbox can be closed, and the link goes on', async () => {
    const { doomed, node, downs, mailbox } = await held();
    mailbox.close();
    expect(await node.ping(doomed.name, { timeout: 15_000 })).toBe(true);
    await doomed.erlang.evaluateUntil('whereis(flooder)', 'undefined');
    expect(downs).toEqual([]);
  });
});

describe('over a stream', () => {
  test('an Erlang node is suspended too, and a kill is noticed', async () => {
    const doomed = await cluster.beam(QUICK);
    const node = await start();
    const downs = downsOf(node);
    const mailbox = node.mailbox('streamed', { bound: { messages: 100 } });
    const port = await doomed.erlang.evaluate(
      `{port, Port, _} = erl_epmd:port_please("${doomed.name.split('@')[0]}", "127.0.0.1"), Port`,
    );
    await node.connect(doomed.name, { stream: connectSocket(Number(port), '127.0.0.1') });
    await flood(doomed, node, 'streamed');
    await standstill(node, doomed);
    await delay(2 * NET_TICK_TIME * 1_000);
    expect(mailbox.size).toBe(100);
    await takeInOrder(mailbox, 1, 5_000);
    await standstill(node, doomed);
    expect(downs).toEqual([]);
    doomed.erlang.signal('SIGKILL');
    await until('nodedown', () => downs.length > 0, NET_TICK_TIME * 1_000);
  });

  test('a node of this library is held up: its send answers false, and drained waits', async () => {
    const [a, b] = [
      await cluster.node({ listen: false, highWaterMark: 64 * 1024 }),
      await cluster.node({ listen: false }),
    ];
    const [there, here] = duplexPair();
    const accepted = b.accept(here);
    await a.connect(b.name, { stream: there });
    await accepted;
    const mailbox = b.mailbox('slow', { bound: { messages: 5 } });
    let sent = 0;
    while (a.send(registered('slow', b.name), tuple(++sent, Buffer.alloc(SIZE)))) await delay(0);
    await until('the link to be held up', () => b.stats()[a.name]?.paused);
    expect(await failure(a.drained({ timeout: 50 }))).toMatchObject({ code: 'timeout' });
    const drained = a.drained({ timeout: 10_000 });
    await takeInOrder(mailbox, 1, sent);
    await drained;
  });
});
