/** Rounds of groups and global names, made and given up again in every way: nothing may add up. */
import { atom } from '../../../dist/index.js';
import { facts, measuredRounds, start, until } from './common.mjs';

const { beam, rounds, mailboxes, groups, names } = facts;
const node = await start();
await node.connect(beam);

async function groupsOnce() {
  const scope = node.pg('scope');
  const boxes = Array.from({ length: mailboxes }, () => node.mailbox());
  const monitors = [scope.monitorScope(), scope.monitor(0)];
  const changes = { joined: 0, left: 0 };
  monitors[0].onChange(({ joined, left }) => {
    changes.joined += joined.length;
    changes.left += left.length;
  });
  for (let group = 0; group < groups; group++) scope.join(group, boxes);
  await node.rpc(beam, 'pg', 'join', [
    atom('scope'),
    'theirs',
    await node.rpc(beam, 'erlang', 'whereis', [atom('user')]),
  ]);
  await until(() => changes.joined === groups * mailboxes + 1);
  for (let group = 0; group < groups; group += 2) scope.leave(group, boxes);
  for (const box of boxes.slice(mailboxes / 2)) box.close();
  await until(() => changes.left === (groups * mailboxes * 3) / 4);
  await node.disconnect(beam);
  await node.connect(beam);
  await until(() => scope.members('theirs').length > 0);
  await node.rpc(beam, 'pg', 'leave', [
    atom('scope'),
    'theirs',
    await node.rpc(beam, 'erlang', 'whereis', [atom('user')]),
  ]);
  scope.close();
  for (const box of boxes) box.close();
}

async function namesOnce() {
  const [firsts, seconds] = [0, 1].map(() => Array.from({ length: names }, () => node.mailbox()));
  const registrations = [];
  for (const [i, box] of firsts.entries()) registrations.push(await node.global.register(i, box));
  await node.disconnect(beam);
  await node.connect(beam);
  await until(async () => (await node.global.names()).length === names);
  for (const [i, registration] of registrations.entries()) {
    if (i % 2 === 0) await registration.unregister();
    else await node.global.reRegister(i, seconds[i]);
  }
  for (const box of [...firsts, ...seconds]) box.close();
  await Promise.all(registrations.map(({ ended }) => ended));
  await until(async () => (await node.global.names()).length === 0);
}

const figures = await measuredRounds(rounds, async () => {
  await groupsOnce();
  await namesOnce();
});
await node.stop();
console.log(JSON.stringify(figures));
