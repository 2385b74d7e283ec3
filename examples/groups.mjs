// Process groups: mailboxes and an Erlang process in one group of a `pg` scope, and how Phoenix.PubSub uses one.
// Needs the Erlang node of the README, with its process `echo`.
// prints: Erlang sees 1 member
// prints: 1 joined, on app@127.0.0.1
// prints: 2 members got the news
// prints: the mailbox has the news
// prints: a subscriber of user:1 would get {updated,7}
import { atom, HiddenNode, tuple } from 'hidden-node';

const APP = 'app@127.0.0.1';
const node = await HiddenNode.start({ name: 'js@127.0.0.1', cookie: 'secret' });
await node.connect(APP);
for (const scope of ['chat', 'Elixir.Phoenix.PubSub']) await node.rpc(APP, 'pg', 'start', [atom(scope)]);

const chat = node.pg('chat'); // the scope of the name `chat`, on every node that has started it
const inbox = node.mailbox();
chat.join('lobby', inbox);
const seen = async () => (await node.rpc(APP, 'pg', 'get_members', [atom('chat'), 'lobby'])).length;
while ((await seen()) < 1);
console.log(`Erlang sees ${await seen()} member`);

// A process of the Erlang node joins, of which a monitor tells.
const changes = chat.monitor('lobby')[Symbol.asyncIterator]();
const echo = await node.rpc(APP, 'erlang', 'whereis', [atom('echo')]);
await node.rpc(APP, 'pg', 'join', [atom('chat'), 'lobby', echo]);
const { joined } = (await changes.next()).value;
console.log(`${joined.length} joined, on ${joined[0].node.name}`);
console.log(`${chat.broadcast('lobby', 'the news')} members got the news`);
console.log(`the mailbox has ${await inbox.receive({ timeout: 5_000 })}`);
await node.rpc(APP, 'pg', 'leave', [atom('chat'), 'lobby', echo]);

// Phoenix.PubSub: each node has a process in the group, which hands on to its own subscribers what the others send to it. The mailbox has
// the name of the group too, to which Phoenix.PubSub.direct_broadcast sends.
const group = atom('Elixir.MyApp.PubSub.Adapter');
const pubsub = node.pg('Elixir.Phoenix.PubSub');
const subscriber = node.mailbox(group.name);
pubsub.join(group, subscriber);
const members = () => node.rpc(APP, 'pg', 'get_members', [atom('Elixir.Phoenix.PubSub'), group]);
while ((await members()).length < 1);

// What Phoenix.PubSub.broadcast(MyApp.PubSub, "user:1", {:updated, 7}) does on its node.
const [member] = await members();
const message = tuple(atom('forward_to_local'), 'user:1', tuple(atom('updated'), 7), atom('Elixir.Phoenix.PubSub'));
await node.rpc(APP, 'erlang', 'send', [member, message]);
const [, topic, payload] = await subscriber.receive({ timeout: 5_000 });
console.log(`a subscriber of ${topic} would get ${payload}`);

// And the other way: to all members of the group but this one.
for (const pid of pubsub.members(group)) if (!pid.equals(subscriber.pid)) node.send(pid, message);
await node.stop();
