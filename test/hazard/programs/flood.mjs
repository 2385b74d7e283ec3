/**
 * A flood into a mailbox with a bound, which is taken slowly, and at first not at all: the memory of the process must not grow. While
 * the connection is not read, nothing but that keeps the process alive.
 */
import assert from 'node:assert/strict';
import { atom, registered, tuple } from '../../../dist/index.js';
import { facts, start } from './common.mjs';

const { beam, bound, size, count } = facts;
const node = await start({ listen: false });
await node.connect(beam);
const mailbox = node.mailbox('sink', { bound });
const source = registered('source', beam);
// The timer alone would not keep the process alive.
const delay = (time) => new Promise((resolve) => setTimeout(resolve, time).unref());
const figures = () => node.stats()[beam];
const rss = () => process.memoryUsage.rss();
let most = 0;

async function take(messages, pauseEvery) {
  for (let n = 1; n <= messages; n++) {
    const [number, payload] = await mailbox.receive();
    assert.deepEqual([number, payload.length], [n, size]);
    if (n % pauseEvery === 0) await delay(1);
    if (n % 200 === 0) most = Math.max(most, rss());
  }
}

function flood(messages) {
  node.send(source, tuple(atom('flood'), mailbox.pid, messages, size));
}

flood(2_000);
await take(2_000, 100);
const before = rss();
const pausedBefore = figures().pausedTime;

flood(count);
await delay(1_500);
assert.equal(figures().paused, true);
assert.ok(mailbox.size * size <= (bound.bytes ?? Number.POSITIVE_INFINITY) + size);
assert.ok(mailbox.size <= (bound.messages ?? Number.POSITIVE_INFINITY));
most = Math.max(most, rss());
await take(count, 25);
assert.ok(figures().pausedTime - pausedBefore > 1_000);
assert.equal(await node.ping(beam), true);
await node.stop();
console.log(`grew by ${Math.ceil((most - before) / 2 ** 20)} MiB`);
