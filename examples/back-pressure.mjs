// Back-pressure: a mailbox with a bound, and a window in front of a process that is slow.
// Needs the Erlang node of the README, which answers as `echo`.
// prints: 20000 answers, in order: true, never more than 100 in the mailbox: true
// prints: 500 orders, in order: true, never more than 20 at once: true
import { setTimeout as delay } from 'node:timers/promises';
import { HiddenNode, registered, tuple } from 'hidden-node';

const node = await HiddenNode.start({ name: 'js@127.0.0.1', cookie: 'secret' });

// Receiving. While the mailbox is at its bound, nothing more is read for it, and Erlang suspends the process that answers.
const answers = node.mailbox('answers', { bound: { messages: 100 } });
const echo = registered('echo', 'app@127.0.0.1');
const payload = Buffer.alloc(1024);
for (let n = 1; n <= 20_000; n++) answers.send(echo, tuple(answers.pid, tuple(n, payload)));

let taken = 0;
let inOrder = true;
let most = 0;
while (taken < 20_000) {
  const [, [number]] = await answers.receive({ timeout: 10_000 });
  taken++;
  inOrder &&= number === taken;
  most = Math.max(most, answers.size);
  if (taken % 1_000 === 0) await delay(10);
}
console.log(`${taken} answers, in order: ${inOrder}, never more than 100 in the mailbox: ${most <= 100}`);
console.log(`nothing was read for ${Math.round(node.stats()['app@127.0.0.1'].pausedTime)} ms`);

// Sending. The receiver is a server of another node; a gen_server in Erlang would do as well.
const shop = await HiddenNode.start({ name: 'shop@127.0.0.1', cookie: 'secret' });
const orders = [];
const store = shop.mailbox('store');
shop.serve(store, {
  async call(order) {
    orders.push(order);
    most = Math.max(most, store.size + 1);
    if (order % 50 === 0) await delay(5);
  },
});

most = 0;
const window = node.window(registered('store', 'shop@127.0.0.1'), { size: 20 });
for (let n = 1; n <= 500; n++) await window.send(n);
await window.flush({ timeout: 10_000 });
window.close();
inOrder = orders.every((order, i) => order === i + 1);
console.log(`${orders.length} orders, in order: ${inOrder}, never more than 20 at once: ${most <= 20}`);

await Promise.all([node.stop(), shop.stop()]);
