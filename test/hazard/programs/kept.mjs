/** Keeps peers: what that holds in the process, and what must not be left of it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { facts, start, until } from './common.mjs';

/** Nothing but the peer that is kept keeps this process alive. */
async function away() {
  const node = await start({ listen: false, peers: [facts.late], backoff: { first: 20, longest: 200 } });
  for (let n = 0; n < 3; n++) await once(node, 'linkfailed');
  console.log('away');
  await once(node, 'nodeup');
  await node.stop();
}

/** Nothing keeps this process alive, although no node is stopped but one. */
async function given() {
  const backoff = { first: 600_000, longest: 600_000 };
  const [a, b, c] = ['released@127.0.0.1', 'disconnected@127.0.0.1', 'stopped@127.0.0.1'];
  const node = await start({ listen: false, backoff, peers: [a, b] });
  const stopped = await start({ backoff, peers: [c] });
  const abort = new AbortController();
  const outcomes = Promise.allSettled([
    node.connect('aborted@127.0.0.1', { retry: true, signal: abort.signal }),
    node.connect(b, { retry: true }),
    node.connect('limited@127.0.0.1', { retry: true, timeout: 50 }),
  ]);
  const paused = (one, name) => one.keptPeers()[name].state === 'waiting';
  await until(() => paused(node, a) && paused(node, b) && paused(stopped, c));
  node.release(a);
  await node.disconnect(b);
  abort.abort();
  await stopped.stop();
  const codes = (await outcomes).map(({ reason }) => reason.code);
  assert.deepEqual(codes, ['aborted', 'disconnected', 'timeout']);
}

/** Two nodes that keep each other lose their link again and again. */
async function lost() {
  const count = (folder) => readdirSync(`/proc/self/${folder}`).length;
  const timers = () => process.getActiveResourcesInfo().filter((what) => what === 'Timeout').length;
  const backoff = { first: 1, longest: 4 };
  const [a, b] = await Promise.all([start({ backoff }), start({ backoff })]);
  a.keep(b.name);
  b.keep(a.name);
  const linked = () => a.nodes().length > 0 && b.nodes().length > 0;
  const lose = async () => {
    await until(linked);
    const down = once(b, 'nodedown');
    await a.disconnect(b.name);
    await down;
    a.keep(b.name);
  };
  for (let n = 0; n < 20; n++) await lose();
  await until(linked);
  const before = { fd: count('fd'), task: count('task'), timers: timers() };
  for (let n = 0; n < facts.losses; n++) await lose();
  await until(linked);
  await until(() => count('fd') <= before.fd && count('task') <= before.task && timers() <= before.timers);
  await Promise.all([a.stop(), b.stop()]);
}

await { away, given, lost }[facts.what]();
console.log('done');
