// Tuning a peer: its socket collects what it sends and reads more at a time, for one block, and for as long as it is kept.
// Needs the Erlang node of the README: erl -name app@127.0.0.1 -setcookie secret
// prints: it had { delaySend: false, buffer: 1460 }
// prints: it has { delaySend: true, buffer: 65536 }
// prints: undone: true
// prints: the peer says {ok,[{delay_send,false},{buffer,1460}]}
// prints: app@127.0.0.1 is tuned: true
// prints: the connection is gone, and the tuning with it: false
import { once } from 'node:events';
import { atom, HiddenNode } from 'hidden-node';

const app = 'app@127.0.0.1';
const node = await HiddenNode.start({ name: 'js@127.0.0.1', cookie: 'secret', listen: false });

// For as long as much is to be sent and received. `await using` does the same where the language has it.
const tuning = await node.tunePeer(app);
try {
  console.log('it had', tuning.before);
  console.log('it has', tuning.after);
} finally {
  console.log('undone:', await tuning.undo());
}
const names = [atom('delay_send'), atom('buffer')];
console.log('the peer says', String(await node.rpc(app, 'net_kernel', 'getopts', [atom(node.name), names])));
await node.disconnect(app);

// A tuning ends with its connection, so a peer that is kept is tuned each time that it is up.
const tuned = new Promise((resolve, reject) => {
  node.on('nodeup', (name) => {
    if (name === app) node.tunePeer(name).then(resolve, reject);
  });
});
node.keep(app);
const { peer, active } = await tuned;
console.log(`${peer} is tuned: ${active}`);

const down = once(node, 'nodedown');
await node.disconnect(app);
await down;
console.log('the connection is gone, and the tuning with it:', (await tuned).active);
await node.stop();
