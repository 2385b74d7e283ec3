/** Worker threads that are terminated at once, wherever they are; the main thread's own node goes on all the while. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { facts, start } from './common.mjs';

const { phases, rounds, beam } = facts;
const main = await start();
await main.connect(beam);

async function terminated(phase, round) {
  const name = `worker_${phase.replaceAll(' ', '_')}_${round}@127.0.0.1`;
  const worker = new Worker(new URL('./worker.mjs', import.meta.url), { workerData: { ...facts, phase, name } });
  await once(worker, 'message');
  await worker.terminate();
}

for (let round = 0; round < rounds; round++) {
  await Promise.all(phases.map((phase) => terminated(phase, round)));
  if (!(await main.ping(beam))) throw new Error('the node of the main thread is gone');
}
await main.stop();
console.log('done');
