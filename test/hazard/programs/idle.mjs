/**
 * What is left of a burst when it is over. Prints, for each kind of burst, the memory before, at its height and afterwards, in bytes: as
 * soon as it is back where it was, or after some seconds if it never is.
 */
import { atom, registered, tuple } from '../../../dist/index.js';
import { facts, start } from './common.mjs';

const { beam, margin } = facts;
const node = await start({ listen: false });
await node.connect(beam);

/** Longer than anything is kept that might be used again soon, in milliseconds. */
const REST = 2_500;
/** What is not back by then stays. */
const LONGEST = 15_000;

const delay = (time) => new Promise((resolve) => setTimeout(resolve, time));

function memory() {
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  return { rss, heapUsed, external, arrayBuffers };
}

/** Without garbage. Other threads free what the collector has found, a moment later. */
async function settled() {
  for (let last; ; ) {
    globalThis.gc();
    const next = memory();
    if (next.arrayBuffers === last?.arrayBuffers && next.external === last.external) return next;
    last = next;
    await delay(50);
  }
}

let height;

function atHeight() {
  height = memory();
}

function ask(kind, to, count) {
  return node.rpc(beam, 'values', 'send', [to, typeof kind === 'string' ? atom(kind) : kind, count]);
}

async function filled(kind, count) {
  const mailbox = node.mailbox();
  await ask(kind, mailbox.pid, count);
  while (mailbox.size < count) await delay(5);
  atHeight();
  return mailbox;
}

const bursts = {
  async 'messages out'(part) {
    const sink = registered('nobody', beam);
    const content = Buffer.alloc(1_000);
    for (let n = 0; n < 50_000 * part; n++) node.send(sink, tuple(n, content));
    atHeight();
    await node.drained();
    await node.rpc(beam, 'erlang', 'node');
  },

  async 'large messages out'(part) {
    const sink = registered('nobody', beam);
    for (let n = 0; n < 5; n++) node.send(sink, Buffer.alloc(10_000_000 * part));
    atHeight();
    await node.rpc(beam, 'erlang', 'node');
  },

  async 'messages in, taken in order'(part) {
    const mailbox = await filled(10, 300_000 * part);
    while (mailbox.size > 0) await mailbox.receive();
    return mailbox;
  },

  async 'messages in, taken by choice'(part) {
    const mailbox = await filled(10, 300_000 * part);
    while (mailbox.size > 0) await mailbox.receive({ match: ([number]) => number > 0 });
    return mailbox;
  },

  async 'large messages in'(part) {
    const mailbox = await filled('beside_large', Math.ceil(20 * part));
    while (mailbox.size > 0) await mailbox.receive();
    return mailbox;
  },

  async 'calls under way'(part) {
    const calls = Array.from({ length: 10_000 * part }, () => node.rpc(beam, 'erlang', 'node'));
    atHeight();
    await Promise.all(calls);
  },

  async 'many atoms'(part) {
    const mailbox = await filled('many_atoms', 100_000 * part);
    while (mailbox.size > 0) await mailbox.receive();
    return mailbox;
  },
};

async function measured(burst) {
  const before = await settled();
  // A mailbox that is empty again is kept, and must be small.
  const mailbox = await burst(1);
  const end = performance.now() + LONGEST;
  let after;
  do {
    await delay(100);
    after = await settled();
  } while (!isBack(before, after) && performance.now() < end);
  mailbox?.close();
  return { before, height, after };
}

function isBack(before, after) {
  return after.arrayBuffers <= before.arrayBuffers + margin && after.heapUsed <= before.heapUsed + margin;
}

// Whatever the first of its kind leaves for good, such as compiled functions, is there before.
for (const burst of Object.values(bursts)) await burst(0.1);
await delay(REST);
const figures = {};
for (const [name, burst] of Object.entries(bursts)) figures[name] = await measured(burst);
await node.stop();
console.log(JSON.stringify(figures));
