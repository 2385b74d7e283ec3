/** What handlers of a server throw, when nobody else is told of it. */
import { registered, tuple } from '../../../dist/index.js';
import { facts, start, until } from './common.mjs';

const { beam } = facts;
const uncaught = [];
process.on('uncaughtException', (error) => {
  uncaught.push(error.message);
  console.log(`uncaught: ${error.message}`);
});

const fail = (message) => {
  throw new Error(message);
};
const node = await start();
await node.connect(beam);

const server = node.serve('calc', {
  call(request, from) {
    if (String(request) !== 'later') return request;
    // Answered, and then failed: the caller cannot be told any more.
    server.reply(from, 'answered');
    return fail('later');
  },
  cast: () => fail('cast'),
  info: async () => fail('info'),
  terminate: async () => fail('terminate'),
});
const calc = registered('calc', node.name);
node.cast(calc, 1);
await until(() => uncaught.length === 1);
node.send(calc, 1);
await until(() => uncaught.length === 2);
if (String(await node.call(calc, 'later')) !== 'answered') fail('no answer');
await until(() => uncaught.length === 3);
if ((await node.call(calc, 7)) !== 7) fail('the server is gone');
await server.close();
await until(() => uncaught.length === 4);

node.serve('calc', { call: () => fail('told'), cast: () => fail('told'), error: () => fail('from error') });
await node.call(calc, tuple(1)).catch(() => undefined);
await until(() => uncaught.length === 5);
await node.stop();
console.log('done');
