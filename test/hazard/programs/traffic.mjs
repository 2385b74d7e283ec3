/** Sends and receives without a pause until its peer is killed, and then connects to the next. */
import assert from 'node:assert/strict';
import { registered } from '../../../dist/index.js';
import { facts, start, until } from './common.mjs';

const { beam, next } = facts;
const node = await start();
const downs = [];
node.on('nodedown', (name, reason) => downs.push(`${name} ${reason.code}`));
const inbox = node.mailbox('inbox');
let received = 0;
inbox.onMessage(([n]) => {
  received++;
  if (downs.length === 0) node.send(registered('echo', beam), [inbox.pid, [n, Buffer.alloc(5_000)]]);
});
await node.connect(beam);
for (let n = 0; n < 200; n++) node.send(registered('echo', beam), [inbox.pid, [n, Buffer.alloc(5_000)]]);
await until(() => received > 1_000);
const calls = Array.from({ length: 50 }, () => node.rpc(beam, 'timer', 'sleep', [60_000], { timeout: 60_000 }));
const outcomes = Promise.allSettled(calls);
console.log('in full traffic');
for (const { reason } of await outcomes) assert.equal(reason.code, 'noconnection');
assert.deepEqual(downs, [`${beam} noconnection`]);
assert.equal(await node.ping(next), true);
await node.stop();
console.log('done');
