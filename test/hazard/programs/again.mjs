/** Connects under a name of the test's choice, on a way of the test's choice, and stays until it is killed. */
import assert from 'node:assert/strict';
import { facts, start } from './common.mjs';

const { name, beam, port } = facts;
const node = await start({ name, listen: false });
await node.connect(beam, { port });
assert.equal(await node.ping(beam), true);
console.log(process.pid);
