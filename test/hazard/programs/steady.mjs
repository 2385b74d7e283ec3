/**
 * The same traffic again and again, at full speed: small messages and large ones, out and in, taken in each of three ways. Memory is
 * looked at all the time, and after each round when garbage has been collected.
 */
import { atom, registered, tuple } from '../../../dist/index.js';
import { facts, measuredRounds, start } from './common.mjs';

const { beam, rounds } = facts;
const node = await start({ listen: false });
await node.connect(beam);
const inbox = node.mailbox('inbox');
const nobody = registered('nobody', beam);

/** How many come in, and how many go out, of each size. */
const SIZES = [
  [11, 50_000],
  [1024, 10_000],
  [65_536, 400],
];

const ask = (bytes, count) => node.rpc(beam, 'values', 'send', [inbox.pid, bytes, count]);

const consumers = [
  (count) =>
    new Promise((resolve) => {
      inbox.onMessage(([number]) => {
        if (number === count) resolve();
      });
    }).finally(() => inbox.onMessage(undefined)),
  async (count) => {
    for await (const [number] of inbox) if (number === count) return;
  },
  async (count) => {
    for (let last = 0; last !== count; ) [last] = await inbox.receive();
  },
];

async function send(bytes, count) {
  const content = Buffer.alloc(bytes);
  for (let n = 0; n < count; n++) {
    if (!node.send(nobody, tuple(atom('send'), atom('js@host'), content, n))) await node.drained();
  }
  await node.rpc(beam, 'erlang', 'node');
}

async function round() {
  for (const [bytes, count] of SIZES) {
    for (const consume of consumers) {
      await ask(bytes, count);
      await consume(count);
    }
    await send(bytes, count);
  }
}

let peak = {};
const timer = setInterval(() => {
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  for (const [kind, bytes] of Object.entries({ rss, heapUsed, arrayBuffers })) {
    peak[kind] = Math.max(peak[kind] ?? 0, bytes);
  }
}, 10);
const peaks = [];
const figures = await measuredRounds(rounds, async () => {
  peak = {};
  await round();
  peaks.push(peak);
});
clearInterval(timer);
await node.stop();
console.log(JSON.stringify(figures.map((figure, n) => ({ ...figure, peak: peaks[n] }))));
