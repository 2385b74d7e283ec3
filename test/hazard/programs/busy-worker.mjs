/** Runs in a worker thread: calls into the addon without a pause, until it is terminated in the middle of a call. */
import { parentPort } from 'node:worker_threads';
import { binding } from '../../../dist/binding.js';

const cnode = new binding.CNode('a@host', 'a', 'host', 'secret', 4711);
const nothing = () => undefined;
const handler = {
  connected: nothing,
  readable: nothing,
  writable: nothing,
  ended: nothing,
  connection: nothing,
};
parentPort.postMessage('here');
for (;;) {
  for (let i = 0; i < 1_000; i++) new binding.Handshake(cnode, false, 0n).giveUp();
  new binding.TcpListener(handler).close();
  new binding.TcpCarrier(handler, new Uint8Array(8)).close();
  await null;
}
