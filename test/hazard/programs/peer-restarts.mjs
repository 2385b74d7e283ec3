/**
 * Sends numbers to a ledger on an Erlang node that is killed and started again and again, and sends again what was not
 * acknowledged. What was acknowledged must be in the ledger, and nothing may add up here.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { atom, lookUp, registered, tuple } from '../../../dist/index.js';
import { facts, measure, start, until } from './common.mjs';

const { beam, cookie, epmdPort, folder, file, restarts, each, warm } = facts;
const WINDOW = 50;

async function startErlang() {
  // The EPMD may not have seen yet that the one before is gone.
  await until(async () => (await lookUp(beam.split('@')[0], { port: epmdPort })) === undefined);
  const eval_ = `ledger:start("${file}")`;
  const options = ['-noshell', '+Bd', '-start_epmd', 'false', '-name', beam, '-setcookie', cookie, '-pa', folder];
  const env = { ...process.env, ERL_EPMD_PORT: String(epmdPort) };
  // erl must not inherit what only concerns the Node.js process (a sanitizer's preload, for one).
  delete env.LD_PRELOAD;
  return spawn('erl', [...options, '-kernel', 'logger_level', 'none', '-eval', eval_], { stdio: 'ignore', env });
}

async function kill(child) {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

const node = await start({ peers: [beam], backoff: { first: 10, longest: 50 } });
const inbox = node.mailbox();
const ledger = registered('ledger', beam);
const open = new Set();
const acknowledged = [];
const codes = new Map();
let next = 1;
let finished = false;

function note(number) {
  node.send(ledger, tuple(atom('note'), inbox.pid, number));
}

function fill() {
  if (!node.nodes().includes(beam)) return;
  for (; open.size < WINDOW; next++) {
    open.add(next);
    note(next);
  }
}

async function registeredThere() {
  const pid = await node.rpc(beam, 'erlang', 'whereis', [atom('ledger')]).catch(() => undefined);
  return pid !== undefined && pid !== atom('undefined');
}

inbox.onMessage(({ elements: [, number] }) => {
  if (open.delete(number)) acknowledged.push(number);
  fill();
});
node.on('nodeup', async () => {
  await until(async () => finished || (await registeredThere()));
  if (finished) return;
  for (const number of open) note(number);
  fill();
});
node.on('nodedown', (_, { code }) => codes.set(code, (codes.get(code) ?? 0) + 1));

const figures = [];
let erlang = await startErlang();
for (let restart = 0; restart < restarts; restart++) {
  const goal = acknowledged.length + each;
  await until(() => acknowledged.length >= goal);
  if (restart === warm) figures.push(measure());
  await kill(erlang);
  erlang = await startErlang();
}
await until(() => node.nodes().includes(beam) && acknowledged.length > restarts * each);
figures.push(measure());
finished = true;
await kill(erlang);
await node.stop();
const noted = new Set(readFileSync(file, 'utf8').trim().split('\n').map(Number));
const lost = acknowledged.filter((number) => !noted.has(number));
assert.deepEqual(lost, []);
console.log(JSON.stringify({ acknowledged: acknowledged.length, codes: [...codes], figures }));
