/**
 * What a value costs that is kept when all the others of its kind are not. Prints, for each kind, what the process has more than
 * before for each value, in bytes. What is kept must be what it was.
 */
import assert from 'node:assert/strict';
import { atom, BitString } from '../../../dist/index.js';
import { facts, start } from './common.mjs';

const { beam, kinds } = facts;
const node = await start({ listen: false });
await node.connect(beam);

function look() {
  globalThis.gc();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return { heap: heapUsed, external, arrayBuffers };
}

/** Other threads free what the collector has found, a moment later. */
async function memory() {
  for (let last = look(); ; ) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const next = look();
    if (next.arrayBuffers === last.arrayBuffers && next.external === last.external) return next;
    last = next;
  }
}

/** @returns what was kept of `count` values, one of each `every` */
async function receive(kind, count, every) {
  const kept = [];
  const mailbox = node.mailbox();
  await node.rpc(beam, 'values', 'send', [mailbox.pid, typeof kind === 'string' ? atom(kind) : kind, count]);
  await new Promise((resolve) => {
    mailbox.onMessage(([number, value]) => {
      if (number % every === every - 1) kept.push([number, value]);
      if (number === count) resolve();
    });
  });
  mailbox.close();
  return kept;
}

function check([number, value]) {
  if (Buffer.isBuffer(value)) assert.equal(value.readUInt32BE(value.length - 4), number);
  if (value instanceof BitString) assert.equal(value.bytes.readUInt32BE(6), number << 3);
}

const costs = {};
for (const [kind, { count, every }] of Object.entries(kinds)) {
  const what = Number(kind) || kind;
  await receive(what, Math.ceil(count / 10), count);
  const before = await memory();
  const kept = await receive(what, count, every);
  const after = await memory();
  kept.forEach(check);
  assert.equal(kept.length, Math.floor(count / every));
  costs[kind] = Object.fromEntries(
    Object.entries(after).map(([name, bytes]) => [name, Math.round((bytes - before[name]) / kept.length)]),
  );
}
await node.stop();
console.log(JSON.stringify(costs));
