/** Many nodes in one process, each connected to each, all at the same time. */
import assert from 'node:assert/strict';
import { registered } from '../../../dist/index.js';
import { facts, start, until } from './common.mjs';

const nodes = await Promise.all(Array.from({ length: facts.count }, () => start()));
const names = nodes.map(({ name }) => name);
const inboxes = nodes.map((node) => node.mailbox('inbox'));
const downs = [];
for (const node of nodes) node.on('nodedown', (name, reason) => downs.push(`${node.name} ${name} ${reason.code}`));

await Promise.all(nodes.flatMap((node) => names.map((name) => node.connect(name))));
await until(() => nodes.every((node) => node.nodes().length === names.length - 1));
for (const node of nodes) {
  assert.deepEqual(node.nodes().sort(), names.filter((name) => name !== node.name).sort());
  for (const name of names) node.send(registered('inbox', name), node.name);
}
for (const inbox of inboxes) {
  const heard = [];
  while (heard.length < names.length) heard.push(String(await inbox.receive({ timeout: 10_000 })));
  assert.deepEqual(heard.sort(), [...names].sort());
}
assert.deepEqual(downs, []);
await Promise.all(nodes.map((node) => node.stop()));
console.log('done');
