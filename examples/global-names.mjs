// Global names: registered for a mailbox and found from an Erlang node; found, and sent to, when an Erlang process has one.
// Needs the Erlang node of the README: erl -name app@127.0.0.1 -setcookie secret
// prints: global:send delivered {order,1}
// prints: taken: global_name_taken
// prints: the new mailbox got {order,2}
// prints: first: global_name_conflict
// prints: second: global_name_unregistered
// prints: nobody: global_name_unknown
import { atom, HiddenNode, tuple } from 'hidden-node';

const APP = 'app@127.0.0.1';
const node = await HiddenNode.start({ name: 'js@127.0.0.1', cookie: 'secret' });
await node.connect(APP); // names are registered through the Erlang nodes that are connected

const [first, second] = [node.mailbox(), node.mailbox()];
const orders = await node.global.register(atom('orders'), first);
orders.ended.then(({ code }) => console.log(`first: ${code}`));

// What an Erlang process would do: global:send(orders, {order, 1}).
await node.rpc(APP, 'global', 'send', [atom('orders'), tuple(atom('order'), 1)]);
console.log(`global:send delivered ${await first.receive({ timeout: 5_000 })}`);

// A name belongs to one process; reRegister takes it away.
await node.global.register(atom('orders'), second).catch(({ code }) => console.log(`taken: ${code}`));
const again = await node.global.reRegister(atom('orders'), second);
await node.global.send(atom('orders'), tuple(atom('order'), 2));
console.log(`the new mailbox got ${await second.receive({ timeout: 5_000 })}`);

await again.unregister();
console.log(`second: ${(await again.ended).code}`);
await node.global.send(atom('orders'), 'anybody?').catch(({ code }) => console.log(`nobody: ${code}`));
await node.stop();
