/** Runs in a worker thread: comes to the phase that it was given, says so, and is terminated there. */
import { parentPort, workerData } from 'node:worker_threads';
import { HiddenNode, registered } from '../../../dist/index.js';
import { caller, listener } from './handmade.mjs';

const { phase, name, cookie, epmdPort, beam } = workerData;
const here = () => parentPort.postMessage('here');

if (phase === 'loaded') {
  here();
} else if (phase === 'starting') {
  void HiddenNode.start({ name, cookie, epmd: { port: epmdPort } });
  here();
} else {
  const node = await HiddenNode.start({ name, cookie, epmd: { port: epmdPort } });
  switch (phase) {
    case 'listening':
      here();
      break;
    case 'dialing':
      node.connect(beam).catch(() => undefined);
      here();
      break;
    case 'shaking hands': {
      // From the status on, ei waits in a thread of its own.
      const { port, there } = await listener('silent@127.0.0.1', 'challenge');
      node.connect('silent@127.0.0.1', { port }).catch(() => undefined);
      await there;
      here();
      break;
    }
    case 'accepting':
      await caller(node.port);
      here();
      break;
    case 'connected':
      await node.connect(beam);
      here();
      break;
    case 'in full traffic': {
      await node.connect(beam);
      const inbox = node.mailbox('inbox');
      inbox.onMessage((n) => node.send(registered('echo', beam), [inbox.pid, n]));
      for (let n = 0; n < 100; n++) node.send(registered('echo', beam), [inbox.pid, n]);
      node.send(registered('nobody', beam), Buffer.alloc(50_000_000));
      here();
      break;
    }
    case 'stopping':
      await node.connect(beam);
      void node.stop();
      here();
      break;
    case 'stopped':
      await node.connect(beam);
      await node.stop();
      here();
      break;
    default:
      throw new Error(`there is no phase ${phase}`);
  }
}
