/** A process with nodes that bring their own EPMD. It does what it is told, line by line, and says what happens. */
import { createInterface } from 'node:readline';
import { HiddenNode } from '../../../dist/index.js';

const { port, cookie } = JSON.parse(process.argv[2]);
const nodes = new Map();

const commands = {
  ready: () => 'ready',
  async start(name) {
    const node = await HiddenNode.start({ name, cookie, epmd: { embedded: true, port } });
    node.on('epmdlost', ({ code }) => console.log(`event lost ${code}`));
    node.on('epmdregained', () => console.log('event regained'));
    nodes.set(name, node);
    return 'started';
  },
  async ping(name, peer) {
    return (await nodes.get(name).ping(peer)) ? 'pong' : 'pang';
  },
  async stop(name) {
    await nodes.get(name).stop();
    nodes.delete(name);
    return 'stopped';
  },
};

// The process ends when its input does, unless something keeps it alive.
for await (const line of createInterface({ input: process.stdin })) {
  const [command, ...rest] = line.split(' ');
  try {
    console.log(`answer ${await commands[command](...rest)}`);
  } catch (error) {
    console.log(`answer ${error.code ?? error}`);
  }
}
