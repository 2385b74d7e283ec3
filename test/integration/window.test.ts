/** Sending through a window: no more at a time than is acknowledged. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import {
  atom,
  float,
  type HiddenNode,
  type Mailbox,
  type Pid,
  registered,
  type Term,
  type Tuple,
  tuple,
  type Window,
} from '../../lib/index.ts';
import { uniqueName, useCluster } from '../helpers/cluster.ts';
import { Modules } from '../helpers/compile.ts';
import { failure, until } from '../helpers/until.ts';

let modules: Modules;
const { cluster, beam } = useCluster(async ({ erlang }) => {
  modules = await Modules.compile(fileURLToPath(new URL('./erlang/slow_server.erl', import.meta.url)));
  await erlang.evaluate(`code:add_path("${modules.folder}")`);
});
afterAll(() => modules?.remove());

async function stopServer(): Promise<void> {
  await beam.erlang.evaluate('catch gen_server:stop(slow), ok');
}

/** A window whose receiver is the test, in the same node. */
async function ownReceiver(size: number) {
  const node = await cluster.node();
  const receiver = node.mailbox('receiver');
  const window = node.window(receiver.pid, { size });
  return { node, receiver, window };
}

type Call = Tuple<[Term, Tuple<[Pid, number]>, Term]>;

async function nextCall(receiver: Mailbox): Promise<{ message: Term; from: Pid; answer(): void }> {
  const call = await receiver.receive<Call>({ timeout: 5_000 });
  const [, from, message] = call.elements;
  const [pid, tag] = from.elements;
  return { message, from: pid, answer: () => receiver.send(pid, tuple(tag, atom('ok'))) };
}

/** Whether a promise is settled after everything that is on its way within this process has arrived. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  promise.then(
    () => (settled = true),
    () => (settled = true),
  );
  for (let n = 0; n < 5; n++) await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

describe('a gen_server', () => {
  test('that is slow is never behind by more than the window, and gets everything once and in order', async () => {
    const node = await cluster.node();
    await beam.erlang.evaluate('slow_server:start(50)');
    const window = node.window(registered('slow', beam.name), { size: 100 });
    for (let n = 1; n <= 100_000; n++) await window.send(n);
    await window.flush({ timeout: 20_000 });
    expect(window.unacknowledged()).toEqual([]);
    const [last, ordered, longest] = JSON.parse(
      (await beam.erlang.evaluate('slow_server:seen()')).replace('{', '[').replace('}', ']'),
    );
    expect([last, ordered]).toEqual([100_000, true]);
    expect(longest).toBeLessThanOrEqual(99);
    expect(longest).toBeGreaterThan(50);
    await stopServer();
  });

  test('that ends makes sends and flushes reject, and its successor gets what was not acknowledged', async () => {
    const node = await cluster.node();
    await beam.erlang.evaluate('slow_server:start(1000000)');
    const window = node.window(registered('slow', beam.name), { size: 10 });
    await window.send(1);
    await window.flush();
    await beam.erlang.evaluate('sys:suspend(slow)');
    for (let n = 2; n <= 11; n++) await window.send(n);
    const [waiting, flush] = [failure(window.send(12)), failure(window.flush())];
    await beam.erlang.evaluate('exit(whereis(slow), kill)');
    const error = { code: 'process_down', facts: { node: beam.name, reason: atom('killed') } };
    expect(await waiting).toMatchObject(error);
    expect(await flush).toMatchObject(error);
    expect(window.failure).toMatchObject(error);
    expect(await failure(window.send(12))).toMatchObject(error);
    expect(window.unacknowledged()).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);

    await beam.erlang.evaluate('slow_server:start(1000000)');
    window.resume();
    expect(window.failure).toBeUndefined();
    await window.send(12);
    await window.flush({ timeout: 5_000 });
    expect(await beam.erlang.evaluate('slow_server:seen()')).toMatch(/^\{12,false,/);
    expect(window.unacknowledged()).toEqual([]);
    await stopServer();
  });

  test('that does not exist, on a node that does, is process_down', async () => {
    const node = await cluster.node();
    const window = node.window(registered('nobody', beam.name));
    expect(await failure(window.flush().then(() => window.send(1).then(() => window.flush())))).toMatchObject({
      code: 'process_down',
      facts: { reason: atom('noproc') },
    });
  });

  test('on a node that cannot be reached is noconnection', async () => {
    const node = await cluster.node();
    const window = node.window(registered('slow', 'nobody@127.0.0.1'));
    await window.send(1);
    expect(await failure(window.flush())).toMatchObject({ code: 'noconnection', facts: { node: 'nobody@127.0.0.1' } });
    expect(window.unacknowledged()).toEqual([1]);
  });

  test('of this library is a receiver as well', async () => {
    const [node, other] = [await cluster.node(), await cluster.node()];
    const seen: Term[] = [];
    other.serve('counter', { call: (request) => void seen.push(request) });
    const window = node.window(registered('counter', other.name), { size: 3 });
    for (let n = 0; n < 20; n++) await window.send(n);
    await window.flush({ timeout: 5_000 });
    expect(seen).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });
});

test('a plain process acknowledges what comes in an envelope of its own', async () => {
  const node = await cluster.node();
  await beam.erlang.evaluate(`register(worker, spawn(fun Loop() ->
    receive {work, {Pid, Tag}, Message} -> store ! Message, Pid ! {Tag, ok}, Loop() end end))`);
  await beam.erlang.evaluate('register(store, self())');
  const window = node.window(registered('worker', beam.name), {
    size: 5,
    envelope: (message, from) => tuple(atom('work'), from, message),
  });
  for (let n = 1; n <= 50; n++) await window.send(tuple(n, 'text'));
  await window.flush({ timeout: 5_000 });
  expect(
    await beam.erlang.evaluate(
      '(fun F(51) -> in_order; F(N) -> receive {N, <<"text">>} -> F(N + 1); M -> M after 5000 -> lost end end)(1)',
    ),
  ).toBe('in_order');
});

describe('a window', () => {
  test('sends what fits at once, and the rest one by one as answers come, in any order', async () => {
    const { receiver, window } = await ownReceiver(2);
    const sends = [1, 2, 3, 4].map((n) => window.send(n));
    await Promise.all(sends.slice(0, 2));
    expect(await isSettled(sends[2]!)).toBe(false);
    const [first, second] = [await nextCall(receiver), await nextCall(receiver)];
    expect([first.message, second.message, receiver.size]).toEqual([1, 2, 0]);
    second.answer();
    await sends[2];
    expect(window.unacknowledged()).toEqual([1, 3]);
    expect(await isSettled(sends[3]!)).toBe(false);
    first.answer();
    await sends[3];
    for (const message of [3, 4]) {
      const call = await nextCall(receiver);
      expect(call.message).toBe(message);
      call.answer();
    }
    await window.flush({ timeout: 5_000 });
  });

  test('takes an answer once, and nothing for an answer that is none', async () => {
    const { node, receiver, window } = await ownReceiver(1);
    await window.send(1);
    const call = await nextCall(receiver);
    const waiting = window.send(2);
    node.send(call.from, 'noise');
    node.send(call.from, tuple(999, atom('ok')));
    node.send(call.from, tuple('1', atom('ok')));
    expect(await isSettled(waiting)).toBe(false);
    call.answer();
    call.answer();
    await waiting;
    expect(window.unacknowledged()).toEqual([2]);
  });

  test('gives up a send or a flush in time, on a signal, and not without reason', async () => {
    const { receiver, window } = await ownReceiver(1);
    await window.send(1, { timeout: 0 });
    expect(await failure(window.send(2, { timeout: 10 }))).toMatchObject({
      code: 'timeout',
      facts: { timeout: 10, unacknowledged: 1 },
    });
    expect(await failure(window.flush({ timeout: 10 }))).toMatchObject({ code: 'timeout' });
    const controller = new AbortController();
    const aborted = [window.send(3, controller), window.flush(controller)].map((promise) => failure(promise));
    controller.abort();
    for (const error of await Promise.all(aborted)) expect(error).toMatchObject({ code: 'aborted' });
    expect(await failure(window.send(4, { signal: controller.signal }))).toMatchObject({ code: 'aborted' });
    expect(await failure(window.send(5, { timeout: -1 }))).toMatchObject({ code: 'invalid_argument' });
    // What was given up is not sent later.
    const last = window.send(6);
    (await nextCall(receiver)).answer();
    await last;
    const call = await nextCall(receiver);
    expect(call.message).toBe(6);
    call.answer();
    await window.flush({ timeout: 5_000 });
    expect(receiver.size).toBe(0);
  });

  test('has a time of its own for all its sends and flushes', async () => {
    const node = await cluster.node();
    const window = node.window(node.mailbox().pid, { size: 1, timeout: 10 });
    await window.send(1);
    expect(await failure(window.send(2))).toMatchObject({ code: 'timeout' });
    expect(await failure(window.flush())).toMatchObject({ code: 'timeout' });
  });

  test('encodes at once: later changes do not matter, and what is no term is refused and forgotten', async () => {
    const { receiver, window } = await ownReceiver(1);
    const data = Buffer.from('before');
    const sent = [window.send(data), window.send([data, float(1)])];
    data.write('after!');
    expect(await failure(window.send((() => 1) as never))).toMatchObject({ code: 'not_a_term' });
    const first = await nextCall(receiver);
    expect(String(first.message)).toBe('before');
    first.answer();
    await Promise.all(sent);
    expect(window.unacknowledged()).toEqual([[Buffer.from('before'), float(1)]]);
    (await nextCall(receiver)).answer();
    await window.flush({ timeout: 5_000 });
  });

  test('flushes what was sent before, and not what is sent meanwhile', async () => {
    const { receiver, window } = await ownReceiver(1);
    const [one, two] = [window.send(1), window.send(2)];
    const flush = window.flush({ timeout: 5_000 });
    const three = window.send(3);
    for (const message of [1, 2]) {
      expect(await isSettled(flush)).toBe(false);
      const call = await nextCall(receiver);
      expect(call.message).toBe(message);
      call.answer();
    }
    await Promise.all([one, two, three, flush]);
    expect(window.unacknowledged()).toEqual([3]);
  });

  test('can be resumed towards another process, which is sent everything again in order', async () => {
    const { node, receiver, window } = await ownReceiver(3);
    expect(await failure(() => window.resume())).toMatchObject({ code: 'invalid_argument' });
    for (const n of [1, 2, 3]) await window.send(n);
    await nextCall(receiver);
    const second = await nextCall(receiver);
    second.answer();
    await until('the answer', () => window.unacknowledged().length === 2);
    receiver.close();
    await until('the end of it', () => window.failure);
    const successor = node.mailbox('successor');
    window.resume(registered('successor', node.name));
    // Of the first life: that was about the old number 3, and now nothing is.
    node.send(second.from, tuple(3, atom('ok')));
    expect(await isSettled(window.flush({ timeout: 5_000 }))).toBe(false);
    expect(window.unacknowledged()).toEqual([1, 3]);
    for (const message of [1, 3]) {
      const call = await nextCall(successor);
      expect(call.message).toBe(message);
      call.answer();
    }
    await window.flush({ timeout: 5_000 });
  });

  test('rejects what waits when it is closed, and still tells what was not acknowledged', async () => {
    const { receiver, window } = await ownReceiver(1);
    await window.send(1);
    const waiting = [failure(window.send(2)), failure(window.flush())];
    const call = await nextCall(receiver);
    window.close();
    window.close();
    for (const error of await Promise.all(waiting)) expect(error).toMatchObject({ code: 'window_closed' });
    call.answer();
    expect(window.unacknowledged()).toEqual([1]);
    expect(await failure(window.send(3))).toMatchObject({ code: 'window_closed' });
    expect(await failure(window.flush())).toMatchObject({ code: 'window_closed' });
    expect(await failure(() => window.resume())).toMatchObject({ code: 'window_closed' });
  });

  test('ends with its block', async () => {
    const { node, receiver } = await ownReceiver(1);
    let kept: Window;
    {
      await using window = node.window(receiver.pid);
      await window.send(1);
      kept = window;
    }
    expect(await failure(kept.send(2))).toMatchObject({ code: 'window_closed' });
  });

  test('ends with its node', async () => {
    const { node, window } = await ownReceiver(1);
    await window.send(1);
    const waiting = [failure(window.send(2)), failure(window.flush())];
    await node.stop();
    for (const error of await Promise.all(waiting)) expect(error).toMatchObject({ code: 'node_stopped' });
    expect(await failure(() => window.resume())).toMatchObject({ code: 'node_stopped' });
    expect(window.unacknowledged()).toEqual([1]);
  });

  test.each([{ size: 0 }, { size: 1.5 }, { size: Number.NaN }, { timeout: -1 }])('cannot have %j', async (options) => {
    const node = await cluster.node();
    expect(await failure(() => node.window(node.mailbox().pid, options))).toMatchObject({ code: 'invalid_argument' });
  });

  test('is for one process', async () => {
    const node = await cluster.node();
    expect(await failure(() => node.window(node.reference() as never))).toMatchObject({ code: 'invalid_argument' });
  });
});

test('nothing acknowledged is lost when the receiver is killed, and the rest is sent again after its restart', async () => {
  const name = uniqueName('mortal');
  const file = modules.path('received');
  await writeFile(file, '');
  const startPeer = async () => {
    const peer = await cluster.beam({ name, arguments: ['-pa', modules.folder] });
    await peer.erlang.evaluate(`slow_server:start(1000, "${file}")`);
    return peer;
  };
  const written = async () => (await readFile(file, 'utf8')).trim().split('\n').map(Number);
  let peer = await startPeer();
  const node: HiddenNode = await cluster.node();
  const window = node.window(registered('slow', name), { size: 50 });
  const total = 30_000;
  let next = 1;
  for (const killAt of [10_000, 20_000, Number.POSITIVE_INFINITY]) {
    const error = await (async () => {
      for (; next <= total; next++) {
        if (next === killAt) peer.erlang.signal('SIGKILL');
        await window.send(next);
      }
      await window.flush({ timeout: 20_000 });
    })().catch((reason: unknown) => reason);
    if (killAt > total) {
      expect(error).toBeUndefined();
      break;
    }
    expect(error).toMatchObject({ code: 'noconnection' });
    const open = new Set(window.unacknowledged());
    const there = new Set(await written());
    for (let n = 1; n < next; n++) if (!open.has(n) && !there.has(n)) throw new Error(`${n} was acknowledged and lost`);
    expect(window.unacknowledged()).toEqual([...open].sort((a, b) => Number(a) - Number(b)));
    expect(open.size).toBeLessThanOrEqual(50);
    peer = await startPeer();
    window.resume();
  }
  const numbers = await written();
  expect(new Set(numbers).size).toBe(total);
  expect(numbers.length).toBeLessThanOrEqual(total + 2 * 50);
  // In order but for the two steps back.
  expect(numbers.filter((n, i) => i > 0 && n !== numbers[i - 1]! + 1).length).toBeLessThanOrEqual(2);
});
