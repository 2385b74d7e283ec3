/** Ten rounds of ten thousand links and monitors in either direction, made, fired and cleaned up: nothing may add up. */
import assert from 'node:assert/strict';
import { ANY, atom, tuple } from '../../../dist/index.js';
import { facts, measuredRounds, start, until } from './common.mjs';

const { beam, rounds, mailboxes, each } = facts;
const node = await start();
await node.connect(beam);
const bye = atom('bye');
const down = tuple(atom('DOWN'), ANY, atom('process'), ANY, bye);
const exit = tuple(atom('EXIT'), ANY, bye);
const call = (name, ...args) => node.rpc(beam, 'ties', name, args, { timeout: 60_000 });

/** Our mailboxes link and monitor processes of the Erlang node, which then end. */
async function outgoing() {
  const pids = await call('start_many', mailboxes);
  const boxes = Array.from({ length: mailboxes }, () => node.mailbox(undefined, { trapExit: true }));
  boxes.forEach((box, i) => {
    for (let n = 0; n < each; n++) {
      const pid = pids[(i + n * 7) % pids.length];
      box.monitor(pid);
      box.link(pid);
    }
    // What is taken back brings nothing.
    const pid = pids[(i + 3) % pids.length];
    box.demonitor(box.monitor(pid));
    const other = pids[(i + 5) % pids.length];
    if (![...Array(each).keys()].some((n) => (i + n * 7) % pids.length === (i + 5) % pids.length)) {
      box.link(other);
      box.unlink(other);
    }
  });
  await call('stop_all', pids, bye);
  for (const box of boxes) {
    for (let n = 0; n < each; n++) await box.receive({ match: down, timeout: 30_000 });
    for (let n = 0; n < each; n++) await box.receive({ match: exit, timeout: 30_000 });
  }
  await node.ping(beam);
  assert.equal(boxes.filter((box) => box.size > 0).length, 0);
  for (const box of boxes) box.close();
}

/** An Erlang process links and monitors our mailboxes, which then end. */
async function incoming() {
  const boxes = Array.from({ length: mailboxes }, () => node.mailbox());
  await call(
    'watch',
    boxes.map((box) => box.pid),
    each,
  );
  await until(async () => (await call('watching', atom('watcher')))[1] === mailboxes * each);
  for (const box of boxes) box.close(bye);
  await node.ping(beam);
  assert.deepEqual(await call('report', 0), [mailboxes * each, mailboxes]);
}

const figures = await measuredRounds(rounds, async () => {
  await outgoing();
  await incoming();
});
await node.stop();
console.log(JSON.stringify(figures));
