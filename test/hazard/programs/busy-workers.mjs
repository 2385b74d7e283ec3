/** Worker threads that are terminated in the middle of a call of the addon, again and again. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const LANES = 3;
const TERMINATIONS = 60;

async function lane() {
  for (let i = 0; i < TERMINATIONS; i++) {
    const worker = new Worker(new URL('./busy-worker.mjs', import.meta.url));
    await once(worker, 'message');
    await worker.terminate();
  }
}

await Promise.all(Array.from({ length: LANES }, lane));
console.log('done');
