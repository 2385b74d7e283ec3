/**
 * One node with links to many. What each of them costs is printed. Then one after another does what it should not, while all the others are
 * called all the time: none of those calls may fail, and none may have to wait for it.
 */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { registered, tuple } from '../../../dist/index.js';
import { facts, measure, start, until } from './common.mjs';

const { processes, each, cookie, epmdPort, silent, malformed } = facts;
const children = [];

async function peers() {
  const program = new URL('many-peers.mjs', import.meta.url);
  const child = fork(program, [JSON.stringify({ cookie, epmdPort, count: each })], { execArgv: [] });
  children.push(child);
  const [addresses] = await once(child, 'message');
  return addresses;
}

async function measured() {
  measure();
  await new Promise((resolve) => setTimeout(resolve, 100));
  return { links: node.nodes().length, ...measure() };
}

const groups = await Promise.all(Array.from({ length: processes }, peers));
const all = groups.flat();
const node = await start();
const downs = new Map();
node.on('nodedown', (name, { code }) => downs.set(name, code));
const connect = (those) => Promise.all(those.map(({ name, port }) => node.connect(name, { port })));
const call = (name, request) => node.call(registered('server', name), request, { timeout: 5_000 });
const callEach = (those) => Promise.all(those.map(async ({ name }, n) => assert.equal(await call(name, n), n)));

// What is made once, by the first links and calls, is there before.
await connect(all.slice(0, each));
await callEach(all.slice(0, each));
const few = await measured();
await connect(all);
await callEach(all);
const many = await measured();
console.log(JSON.stringify({ few, many }));

// Calls go to and fro over all links until the end.
let busy = true;
let answered = 0;
const failures = [];

async function keepCalling({ name }) {
  for (let n = 0; busy && !downs.has(name); n++) {
    try {
      assert.equal(await call(name, n), n);
      answered++;
    } catch (error) {
      if (!downs.has(name)) failures.push([name, error]);
    }
  }
}

const traffic = all.map(keepCalling);
const inTraffic = async () => {
  const goal = answered + all.length * 20;
  await until(() => answered >= goal);
};
await inTraffic();

// One reads nothing, and much is sent to it.
await node.connect(silent.name, { port: silent.port });
const flood = Buffer.alloc(100_000);
const to = registered('server', silent.name);
await until(() => !node.send(to, tuple(flood)) && !node.send(to, tuple(flood)));
await inTraffic();
await node.drained({ peer: all[0].name });
assert.equal(downs.size, 0);

// One says what is no message.
await node.connect(malformed.name, { port: malformed.port });
await until(() => downs.has(malformed.name));
await inTraffic();
assert.deepEqual([...downs], [[malformed.name, 'malformed_frame']]);

// Many die at once.
children[0].kill('SIGKILL');
await until(() => groups[0].every(({ name }) => downs.has(name)));
await inTraffic();
busy = false;
await Promise.all(traffic);
assert.deepEqual(failures, []);
assert.equal(downs.size, 1 + each);
assert.deepEqual(new Set(node.nodes()), new Set([silent, ...groups.slice(1).flat()].map(({ name }) => name)));
const left = await measured();
assert.ok(left.descriptors <= many.descriptors - each + 1, `${left.descriptors} descriptors of ${many.descriptors}`);
assert.ok(left.threads <= many.threads, `${left.threads} threads`);

await node.disconnect(silent.name);
await node.stop();
for (const child of children) child.kill('SIGKILL');
console.log('done');
