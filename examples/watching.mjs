// Events, figures, and the channels of node:diagnostics_channel.
// Needs the Erlang node of the README: erl -name app@127.0.0.1 -setcookie secret
// prints: handshake with app@127.0.0.1: ok
// prints: nodeup app@127.0.0.1
// prints: dropped 1 for nobody: no_process
// prints: linkfailed nobody@127.0.0.1: peer_unknown, 1 message lost
// prints: nodedown app@127.0.0.1: disconnected
import diagnostics_channel from 'node:diagnostics_channel';
import { once } from 'node:events';
import { HiddenNode, registered } from 'hidden-node';

diagnostics_channel.subscribe('hidden-node:handshake', ({ peer, code }) => {
  console.log(`handshake with ${peer}: ${code ?? 'ok'}`);
});
diagnostics_channel.subscribe('hidden-node:dropped', ({ to, reason, count }) => {
  console.log(`dropped ${count} for ${to}: ${reason}`);
});

const node = await HiddenNode.start({ name: 'js@127.0.0.1', cookie: 'secret' });
node.on('nodeup', (name) => console.log(`nodeup ${name}`));
node.on('nodedown', (name, reason) => console.log(`nodedown ${name}: ${reason.code}`));
node.on('linkfailed', (name, reason, lost) => console.log(`linkfailed ${name}: ${reason.code}, ${lost} message lost`));

await node.connect('app@127.0.0.1');
node.send(registered('nobody', 'js@127.0.0.1'), 'nobody has this name here');
node.send(registered('anyone', 'nobody@127.0.0.1'), 'this node does not exist');
await once(node, 'linkfailed');

await node.rpc('app@127.0.0.1', 'erlang', 'node');
const { messagesIn, messagesOut } = node.stats()['app@127.0.0.1'];
console.log(`${messagesOut} messages out, ${messagesIn} in`);

await node.disconnect('app@127.0.0.1');
await node.stop();
