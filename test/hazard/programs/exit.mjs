/** Ends the process without stopping its node, in the phase that the test names. */
import { registered } from '../../../dist/index.js';
import { facts, start } from './common.mjs';
import { caller, listener } from './handmade.mjs';

const { phase, beam } = facts;

function leave() {
  process.stdout.write('leaving\n', () => process.exit(7));
}

/** Connects to a peer that stops in the middle of the handshake. */
async function halfway(node, last) {
  const { port, there } = await listener('silent@127.0.0.1', last);
  node.connect('silent@127.0.0.1', { port }).catch(() => undefined);
  await there;
}

if (phase === 'starting') {
  void start();
} else {
  const node = await start();
  switch (phase) {
    case 'listening':
      break;
    case 'dialing':
      node.connect(beam).catch(() => undefined);
      break;
    case 'waiting for a status':
      await halfway(node, 'nothing');
      break;
    case 'waiting for an acknowledgement':
      await halfway(node, 'challenge');
      break;
    case 'accepting':
      await caller(node.port);
      break;
    case 'connected':
      await node.connect(beam);
      break;
    case 'in full traffic':
      await node.connect(beam);
      for (let n = 0; n < 2_000; n++) node.send(registered('nobody', beam), Buffer.alloc(10_000));
      node.rpc(beam, 'timer', 'sleep', [60_000]).catch(() => undefined);
      break;
    default:
      throw new Error(`there is no phase ${phase}`);
  }
}
leave();
