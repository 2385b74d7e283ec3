/** What was closed or stopped, and is not referred to any more, must be collected. Needs --expose-gc. */
import { facts, start } from './common.mjs';

const { beam } = facts;

async function collected(what, makeOne) {
  const references = [];
  for (let n = 0; n < 20; n++) references.push(await makeOne());
  for (let n = 0; n < 50; n++) {
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc();
    if (references.every((reference) => reference.deref() === undefined)) return;
  }
  const alive = references.filter((reference) => reference.deref() !== undefined).length;
  throw new Error(`${alive} of ${references.length} ${what} are still there`);
}

const node = await start();
await node.connect(beam);

await collected('closed mailboxes', async () => {
  const mailbox = node.mailbox('collected');
  mailbox.receive().catch(() => undefined);
  await node.rpc(beam, 'erlang', 'send', [mailbox.pid, 1]);
  mailbox.close();
  return new WeakRef(mailbox);
});

await collected('receives that were aborted', async () => {
  const mailbox = node.mailbox();
  const signal = AbortSignal.timeout(1);
  const receive = mailbox.receive({ signal }).catch(() => undefined);
  await receive;
  mailbox.close();
  return new WeakRef(signal);
});

await collected('stopped nodes', async () => {
  const other = await start();
  other.mailbox('inbox');
  await other.connect(beam);
  await other.connect(node.name);
  await other.stop();
  return new WeakRef(other);
});

await collected('nodes that could not start', async () => {
  const signal = AbortSignal.abort();
  await start({ signal }).catch(() => undefined);
  return new WeakRef(signal);
});

await node.stop();
console.log('done');
