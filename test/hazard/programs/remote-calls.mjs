/** Ten rounds of thousands of remote calls in either direction, answered, failed, killed and given up: nothing may add up. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { atom } from '../../../dist/index.js';
import { facts, measuredRounds, start, until } from './common.mjs';

const { beam, rounds, count } = facts;
const node = await start();
const processes = () => node.rpc(beam, 'erlang', 'system_info', [atom('process_count')]);
await node.connect(beam);
const before = await processes();

function fail() {
  throw new Error('broken');
}

/** The Erlang node calls functions that are exposed for the round. */
async function incoming() {
  let release;
  const end = new Promise((resolve) => {
    release = resolve;
  });
  const exposure = node.expose('calc', { echo: (value) => value, fail, slow: () => delay(20), held: () => end });
  const right = await node.rpc(beam, 'caller', 'round', [atom(node.name), count], { timeout: 120_000 });
  exposure.unexpose();
  release();
  assert.equal(right, 10 * count);
}

/** Functions of the Erlang node are called; the last ones are given up. */
async function outgoing() {
  for (const via of ['spawn', 'rex']) {
    const calls = Array.from({ length: count }, (_, n) =>
      node.rpc(beam, 'erlang', 'abs', [-n], { via, timeout: 60_000 }),
    );
    assert.deepEqual(await Promise.all(calls), [...Array(count).keys()]);
    const failed = Array.from({ length: count / 10 }, () =>
      node.rpc(beam, 'none', 'none', [], { via, timeout: 60_000 }),
    );
    for (const { status } of await Promise.allSettled(failed)) assert.equal(status, 'rejected');
    const late = Array.from({ length: count / 10 }, () => node.rpc(beam, 'timer', 'sleep', [50], { via, timeout: 10 }));
    for (const { status } of await Promise.allSettled(late)) assert.equal(status, 'rejected');
  }
  // What was given up goes on there, and tells its end.
  await until(async () => (await processes()) <= before);
}

const figures = await measuredRounds(rounds, async () => {
  await incoming();
  await outgoing();
});
await node.stop();
console.log(JSON.stringify(figures));
