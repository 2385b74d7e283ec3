/** What every program needs: the facts that the test gave it, and nodes. */
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
