/** Stops nodes in every state; nothing of them may keep the process alive. */
import assert from 'node:assert/strict';
import { facts, start, until } from './common.mjs';
import { listener } from './handmade.mjs';

const { beam } = facts;

// While it connects, to a listener that says nothing.
const connecting = await start();
const { port, there } = await listener('silent@127.0.0.1', 'nothing');
const attempt = connecting.connect('silent@127.0.0.1', { port }).catch((error) => error.code);
await there;
await Promise.all([connecting.stop(), connecting.stop()]);
assert.equal(await attempt, 'node_stopped');
await assert.rejects(connecting.connect(beam), { code: 'node_stopped' });

// While a call and a receive are under way, with a long time to go.
const waiting = await start();
const call = waiting.rpc(beam, 'timer', 'sleep', [60_000], { timeout: 60_000 }).catch((error) => error.code);
const receive = waiting
  .mailbox()
  .receive({ timeout: 60_000 })
  .catch((error) => error.code);
await until(() => waiting.stats()[beam]?.messagesOut > 0);
await waiting.stop();
assert.deepEqual(await Promise.all([call, receive]), ['node_stopped', 'node_stopped']);

// While it starts, and when it could not start.
const abort = new AbortController();
const starting = start({ signal: abort.signal }).catch((error) => error.code);
abort.abort();
assert.equal(await starting, 'aborted');
const taken = await start();
await assert.rejects(start({ name: taken.name }), { code: 'name_taken' });
await taken.stop();

console.log('done');
