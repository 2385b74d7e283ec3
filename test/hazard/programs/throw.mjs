/** Handlers that throw. */
import { registered } from '../../../dist/index.js';
import { facts, start, until } from './common.mjs';

const uncaught = [];
process.on('uncaughtException', (error) => {
  uncaught.push(error.message);
  console.log(`uncaught: ${error.message}`);
});

const node = await start();
node.on('nodeup', () => {
  throw new Error('from nodeup');
});
await node.connect(facts.beam);
await until(() => uncaught.length === 1);
const inbox = node.mailbox('inbox');
inbox.onMessage((message) => {
  if (message < 3) throw new Error(`from handler ${message}`);
  console.log(`received ${message}`);
});
for (const n of [1, 2, 3]) {
  // Each by way of the Erlang node, so that it arrives over the link.
  await node.rpc(facts.beam, 'erlang', 'send', [inbox.pid, n]);
}
await until(() => uncaught.length === 3);
if (await node.ping(facts.beam)) console.log('alive');
node.send(registered('nobody', facts.beam), 1);
await node.stop();
