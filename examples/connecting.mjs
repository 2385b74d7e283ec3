// Connecting: a deadline, an AbortSignal, a node without EPMD, and what goes wrong.
// Needs the Erlang node of the README: erl -name app@127.0.0.1 -setcookie secret
// prints: [ 'app@127.0.0.1' ]
// prints: nobody@127.0.0.1: peer_unknown
// prints: app@127.0.0.1: cookie_mismatch
// prints: pong from quiet@127.0.0.1: true
import { HiddenNode, isHiddenNodeError } from 'hidden-node';

/** Connects, and says how that went. */
async function tryConnect(node, peer, options) {
  try {
    await node.connect(peer, options);
    console.log(node.nodes());
  } catch (error) {
    if (!isHiddenNodeError(error)) throw error;
    console.log(`${peer}: ${error.code}`);
  }
}

const node = await HiddenNode.start({ name: 'js@127.0.0.1', cookie: 'secret' });
await tryConnect(node, 'app@127.0.0.1', { timeout: 2_000 });
await tryConnect(node, 'nobody@127.0.0.1', { signal: AbortSignal.timeout(2_000) });

const stranger = await HiddenNode.start({ name: 'stranger@127.0.0.1', cookie: 'wrong', listen: false });
await tryConnect(stranger, 'app@127.0.0.1');
await stranger.stop();

// A node that listens and is not in EPMD is reached by its port.
const quiet = await HiddenNode.start({ name: 'quiet@127.0.0.1', cookie: 'secret', epmd: { register: false } });
await node.connect('quiet@127.0.0.1', { port: quiet.port });
console.log(`pong from quiet@127.0.0.1: ${await node.ping('quiet@127.0.0.1')}`);
await quiet.stop();

await node.stop();
