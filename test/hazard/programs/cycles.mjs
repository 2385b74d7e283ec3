/** Starts, connects and stops nodes again and again; neither descriptors nor threads may add up. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { facts, start, until } from './common.mjs';

const { beam, silentPort, cycles } = facts;
const count = (folder) => readdirSync(`/proc/self/${folder}`).length;

async function cycle() {
  const [a, b] = await Promise.all([start(), start()]);
  const failing = Promise.allSettled([
    a.connect('silent@127.0.0.1', { port: silentPort, timeout: 10 }),
    a.connect('nobody@127.0.0.1'),
    b.connect('refused@127.0.0.1', { port: 1 }),
  ]);
  await Promise.all([a.connect(beam), a.connect(b.name), b.rpc(beam, 'erlang', 'node')]);
  assert.deepEqual(
    (await failing).map(({ reason }) => reason.code),
    ['timeout', 'peer_unknown', 'connection_refused'],
  );
  await Promise.all([a.stop(), b.stop()]);
}

for (let n = 0; n < 5; n++) await cycle();
const before = { fd: count('fd'), task: count('task') };
for (let n = 0; n < cycles; n++) await cycle();
// Descriptors are closed at the end of a turn of the event loop, threads a moment after they were joined.
await until(() => count('fd') <= before.fd && count('task') <= before.task);
console.log('done');
