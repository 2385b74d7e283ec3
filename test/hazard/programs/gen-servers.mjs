/** Calls by the ten thousand, both ways, answered, failed and late: nothing may add up. Needs --expose-gc. */
import assert from 'node:assert/strict';
import { atom, ErlangException, isHiddenNodeError, registered, tuple } from '../../../dist/index.js';
import { facts, measuredRounds, start } from './common.mjs';

const { beam, rounds, calls } = facts;
const BATCH = 500;
const node = await start();
const pid = await node.rpc(beam, 'erlang', 'whereis', [atom('calc')]);
const calc = registered('calc', beam);

/** Every tenth fails; each is told by its number. */
node.serve('calc', {
  async call([, n]) {
    if (n % 10 === 0) throw new ErlangException('exit', atom('tenth'));
    return n;
  },
});

/** Calls of the Erlang server: with an answer, of a name that does not exist, and with an answer that comes too late. */
async function outgoing() {
  for (let n = 0; n < calls; n += BATCH) {
    const batch = Array.from({ length: BATCH }, (_, i) => node.call(calc, tuple(atom('add'), n, i)));
    assert.deepEqual(
      await Promise.all(batch),
      Array.from({ length: BATCH }, (_, i) => n + i),
    );
  }
  const code = (call) =>
    call.then(
      () => 'ok',
      (error) => (isHiddenNodeError(error) ? error.code : String(error)),
    );
  const codes = new Set();
  for (let n = 0; n < BATCH; n++) codes.add(await code(node.call(registered('nobody', beam), 1)));
  const late = Array.from({ length: BATCH }, () => code(node.call(calc, atom('hold'), { timeout: 1 })));
  for (const each of await Promise.all(late)) codes.add(each);
  node.cast(calc, tuple(atom('release'), 'late'));
  assert.deepEqual([...codes], ['process_down', 'timeout']);
  const { elements } = await node.rpc(beam, 'erlang', 'process_info', [pid, atom('monitored_by')]);
  assert.deepEqual(elements[1], []);
}

/** Calls by processes of the Erlang node. */
async function incoming() {
  const failed = await node.rpc(
    beam,
    'calc_server',
    'ask_in_turn',
    [tuple(atom('calc'), atom(node.name)), 1_000, calls / 1_000],
    {
      timeout: 60_000,
    },
  );
  assert.equal(failed, calls / 10);
}

const figures = await measuredRounds(rounds, async () => {
  await outgoing();
  await incoming();
  await node.ping(beam);
});
await node.stop();
console.log(JSON.stringify(figures));
