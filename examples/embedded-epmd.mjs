// A cluster of two processes without Erlang's EPMD: the first brings one along, and when it stops the second takes its place.
// prints: pong from two@127.0.0.1: true
// prints: taken over by [ 'two' ]
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { HiddenNode, names } from 'hidden-node';

// With epmd: 'embedded' it is the usual port; this one is free even where an EPMD runs.
const port = 4370;
const options = { cookie: 'secret', epmd: { embedded: true, port } };

async function first() {
  const one = await HiddenNode.start({ name: 'one@127.0.0.1', ...options });
  const second = fork(process.argv[1], ['second']);
  await once(second, 'message');
  console.log(`pong from two@127.0.0.1: ${await one.ping('two@127.0.0.1')}`);

  const takenOver = once(second, 'message');
  await one.stop(); // its EPMD ends with it
  await takenOver;
  const registered = await names({ port });
  console.log(
    'taken over by',
    registered.map(({ name }) => name),
  );
  second.send('stop');
}

async function second() {
  const two = await HiddenNode.start({ name: 'two@127.0.0.1', ...options });
  two.once('epmdregained', () => process.send('taken over'));
  process.once('message', async () => {
    await two.stop();
    process.disconnect();
  });
  process.send('started');
}

await (process.argv[2] === 'second' ? second() : first());
