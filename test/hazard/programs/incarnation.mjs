/**
 * One life of a node that is killed in full traffic, by itself: it writes down what it takes before it acknowledges it, and
 * sends numbers to a ledger, starting behind the last that was acknowledged in an earlier life.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { atom, HiddenNode, registered, tuple } from '../../../dist/index.js';
import { facts } from './common.mjs';

const { name, beam, cookie, epmdPort, received, acknowledged, each } = facts;
const WINDOW = 20;
const node = await HiddenNode.start({ name, cookie, epmd: { port: epmdPort } });
const inbox = node.mailbox('inbox');
const ledger = registered('ledger', beam);
let next = Number(readFileSync(acknowledged, 'utf8').trim().split('\n').at(-1)) + 1;
let open = 0;
let [taken, confirmed] = [0, 0];

function fill() {
  for (; open < WINDOW; open++) node.send(ledger, tuple(atom('note'), inbox.pid, next++));
}

inbox.onMessage(({ elements: [tag, a, b] }) => {
  if (tag === atom('note')) {
    appendFileSync(received, `${b}\n`);
    node.send(a, tuple(atom('ack'), b));
    taken++;
  } else {
    appendFileSync(acknowledged, `${a}\n`);
    open--;
    confirmed++;
    fill();
  }
  if (taken > each && confirmed > each) process.kill(process.pid, 'SIGKILL');
});
fill();
