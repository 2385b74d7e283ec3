/** What every program needs: the facts that the test gave it, and nodes. */
import { readdirSync } from 'node:fs';
import { HiddenNode } from '../../../dist/index.js';

export const facts = JSON.parse(process.argv[2] ?? '{}');

let counter = 0;

export function start(options = {}) {
  counter += 1;
  const { cookie, epmdPort } = facts;
  const name = `program${counter}_${process.pid}_${Math.random().toString(36).slice(2)}@127.0.0.1`;
  return HiddenNode.start({ name, cookie, epmd: { port: epmdPort }, ...options });
}

export async function until(look) {
  while (!(await look())) await new Promise((resolve) => setTimeout(resolve, 5));
}

const entries = (folder) => (process.platform === 'linux' ? readdirSync(`/proc/self/${folder}`).length : 0);

/** What must not grow in a program that runs for long; the program runs with `--expose-gc`. */
export function measure() {
  globalThis.gc();
  const { heapUsed: heap, rss } = process.memoryUsage();
  const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  return { heap, rss, descriptors: entries('fd'), threads: entries('task'), timers };
}

/** Does the same again and again, and prints the figures after each time. */
export async function measuredRounds(count, round) {
  const figures = [];
  for (let n = 0; n < count; n++) {
    await round();
    await new Promise((resolve) => setImmediate(resolve));
    figures.push(measure());
  }
  return figures;
}
