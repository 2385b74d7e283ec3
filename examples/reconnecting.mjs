// Links that survive: waiting for a node that is not there yet, and keeping one that comes and goes.
// Needs an EPMD on this machine. The other node is one of this package; an Erlang node would do as well.
// prints: worker@127.0.0.1 is up
// prints: connected, after some waiting
// prints: worker@127.0.0.1 is down: noconnection
// prints: waiting for worker@127.0.0.1, because of noconnection
// prints: and it is back: connected
// prints: given up after more than one attempt: timeout, because of peer_unknown
// prints: after a disconnect: disconnected
import { once } from 'node:events';
import { HiddenNode } from 'hidden-node';

const startWorker = () => HiddenNode.start({ name: 'worker@127.0.0.1', cookie: 'secret' });

const node = await HiddenNode.start({
  name: 'js@127.0.0.1',
  cookie: 'secret',
  backoff: { first: 20, longest: 500 }, // milliseconds
});
node.on('nodeup', (name) => console.log(`${name} is up`));
node.on('nodedown', (name, reason) => console.log(`${name} is down: ${reason.code}`));

// Somebody waits for a node that is started later.
const waiting = node.connect('worker@127.0.0.1', { retry: true });
await once(node, 'linkfailed');
let worker = await startWorker();
await waiting;
console.log('connected, after some waiting');

// From now on it is kept. The option `peers` of HiddenNode.start does the same from the start.
node.keep('worker@127.0.0.1');
const lost = once(node, 'nodedown');
await worker.stop();
await lost;
const { state, reason } = node.keptPeers()['worker@127.0.0.1'];
console.log(`${state} for worker@127.0.0.1, because of ${reason.code}`);

const back = once(node, 'nodeup');
worker = await startWorker();
await back;
console.log(`and it is back: ${node.keptPeers()['worker@127.0.0.1'].state}`);

// Waiting has an end, if it is given one.
try {
  await node.connect('nobody@127.0.0.1', { retry: true, timeout: 300 });
} catch (error) {
  const often = error.facts.attempts > 1 ? 'more than one attempt' : 'one attempt';
  console.log(`given up after ${often}: ${error.code}, because of ${error.cause.code}`);
}

// A disconnect is meant: the node is left alone until `connect` or `keep` is called for it.
await node.disconnect('worker@127.0.0.1');
console.log(`after a disconnect: ${node.keptPeers()['worker@127.0.0.1'].state}`);

await worker.stop();
await node.stop();
