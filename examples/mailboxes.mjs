// Three ways to take messages: selectively, in a loop, by a handler.
// Needs no other node: messages of a node to itself work alike.
// prints: the answer is 42, and 2 messages wait
// prints: looped over {job,1}
// prints: looped over {job,2}
// prints: handled {event,<<"last">>}
import { ANY, atom, HiddenNode, tuple } from 'hidden-node';

const node = await HiddenNode.start({ name: 'js@127.0.0.1', cookie: 'secret' });
const inbox = node.mailbox('inbox');
const job = atom('job');

// As in Erlang, a reference tells the answer to this question from every other message.
const reference = node.reference();
node.send(inbox.pid, tuple(job, 1));
node.send(inbox.pid, tuple(job, 2));
node.send(inbox.pid, tuple(reference, 42));
const [, answer] = await inbox.receive({ match: tuple(reference, ANY), timeout: 1_000 });
console.log(`the answer is ${answer}, and ${inbox.size} messages wait`);

for await (const message of inbox) {
  console.log(`looped over ${message}`);
  if (inbox.size === 0) break;
}

const handled = new Promise((resolve) => {
  inbox.onMessage((message) => {
    console.log(`handled ${message}`);
    resolve();
  });
});
node.send(inbox.pid, tuple(atom('event'), 'last'));
await handled;

await node.stop();
