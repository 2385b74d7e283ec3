// Sending faster than the network takes it: back-pressure.
// Needs the Erlang node of the README, which answers as `echo`.
// prints: 20000 answers, in order: true
import { HiddenNode, registered, tuple } from 'hidden-node';

const node = await HiddenNode.start({ name: 'js@127.0.0.1', cookie: 'secret' });
const inbox = node.mailbox();
const echo = registered('echo', 'app@127.0.0.1');
const payload = Buffer.alloc(1024);
const count = 20_000;

let answers = 0;
let inOrder = true;
const done = new Promise((resolve) => {
  inbox.onMessage((message) => {
    const [, [number]] = message;
    inOrder &&= number === answers;
    if (++answers === count) resolve();
  });
});

let waits = 0;
for (let i = 0; i < count; i++) {
  const fits = node.send(echo, tuple(inbox.pid, tuple(i, payload)));
  if (!fits) {
    waits++;
    await node.drained();
  }
}
await done;
console.log(`${answers} answers, in order: ${inOrder}`);
console.log(`waited ${waits} times for the network`);
await node.stop();
