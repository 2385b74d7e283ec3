/** Runs in a worker thread: comes to the phase that it was given, says so, and is terminated there. */
import { connect } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { HiddenNode, registered } from '../../../dist/index.js';

const { phase, name, cookie, epmdPort, beam, silentPort } = workerData;
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
    case 'handshake':
      // A status and nothing more: from there on ei waits in a thread of its own.
      for (let n = 0; n < 5; n++) node.connect(`silent${n}@127.0.0.1`, { port: silentPort }).catch(() => undefined);
      setTimeout(here, 50);
      break;
    case 'accepting': {
      const socket = connect(node.port, '127.0.0.1');
      socket.write(Buffer.from('\0\x1aN\0\0\0\x04\x07\xd0\xf7\xfb\0\0\0\x07\0\x0bx@127.0.0.1', 'latin1'));
      setTimeout(here, 30);
      break;
    }
    case 'connected':
      await node.connect(beam);
      here();
      break;
    case 'traffic': {
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
  }
}
