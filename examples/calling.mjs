// Calling gen_servers: an answer, a cast, failures, and many nodes at once.
// Needs the Erlang node of the README: erl -name app@127.0.0.1 -setcookie secret
// prints: 42 42
// prints: process_down because of noproc
// prints: process_down because of shutdown
// prints: timeout
// prints: answered: app@127.0.0.1, js@127.0.0.1; failed: nobody@127.0.0.1 (peer_unknown)
import { atom, HiddenNode, isHiddenNodeError, registered, tuple } from 'hidden-node';

const app = 'app@127.0.0.1';
const node = await HiddenNode.start({ name: 'js@127.0.0.1', cookie: 'secret' });

// A server that every Erlang node has: rex, which calls functions.
const rex = registered('rex', app);
const apply = (module, fun, ...args) => tuple(atom('call'), atom(module), atom(fun), args, atom('user'));
const answers = await Promise.all([
  node.call(rex, apply('erlang', 'abs', -42)),
  node.call(rex, apply('lists', 'max', [7, 42]), { timeout: 1_000 }),
]);
console.log(...answers);

// A cast waits for nothing.
node.cast(rex, apply('erlang', 'garbage_collect'));

await failing(node.call(registered('nobody', app), 1));

// A server that is stopped before it answers.
const stopped = node.serve('stopped', { call: () => new Promise(() => undefined) });
const call = node.call(stopped.pid, 'are you there?');
node.mailbox().exit(stopped.pid, atom('shutdown'));
await failing(call);
await failing(node.call(rex, apply('timer', 'sleep', 10_000), { timeout: 50 }));

// The servers of one name on many nodes.
node.serve('kernel_sup', { call: () => [] });
const { replies, failed } = await node.multiCall(
  [app, node.name, 'nobody@127.0.0.1'],
  'kernel_sup',
  atom('which_children'),
);
const failures = [...failed].map(([name, { code }]) => `${name} (${code})`);
console.log(`answered: ${[...replies.keys()].join(', ')}; failed: ${failures.join(', ')}`);
await node.stop();

/** Says with which code a call rejects, and why. */
async function failing(call) {
  try {
    console.log('answered', await call);
  } catch (error) {
    if (!isHiddenNodeError(error)) throw error;
    console.log(error.code === 'process_down' ? `${error.code} because of ${error.facts.reason}` : error.code);
  }
}
