/** What is left of messages of 100 MB when they are gone. Prints the bytes of array buffers before, and after each kind. */
import { atom, registered, tuple } from '../../../dist/index.js';
import { facts, start } from './common.mjs';

const { beam, bytes, margin } = facts;
/** What is not back by then stays, in milliseconds. */
const LONGEST = 10_000;

const node = await start({ listen: false });
await node.connect(beam);
const large = registered('large', beam);
const inbox = node.mailbox();

async function out(count) {
  inbox.send(large, tuple(atom('size'), inbox.pid, Buffer.alloc(count, 1)));
  if ((await inbox.receive()) !== count) throw new Error('something is missing');
}

async function into(count) {
  inbox.send(large, tuple(atom('send'), inbox.pid, atom('binary'), count));
  await inbox.receive();
  const { length } = await inbox.receive();
  if (length !== count || (await inbox.receive()) !== atom('behind')) throw new Error('something is missing');
}

function held() {
  globalThis.gc();
  return process.memoryUsage().arrayBuffers;
}

/** What is held once it is no more than `before`, or at the end of patience. Other threads free what the collector has found. */
async function settled(before) {
  const end = performance.now() + LONGEST;
  while (held() > before + margin && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 50));
  return held();
}

await out(1_000_000);
await into(1_000_000);
const figures = { before: await settled(margin) };
await out(bytes);
figures.out = await settled(figures.before);
await into(bytes);
figures.into = await settled(figures.before);
await node.stop();
console.log(JSON.stringify(figures));
