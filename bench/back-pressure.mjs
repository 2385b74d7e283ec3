/**
 * What back-pressure costs: a window beside plain sends and calls one by one, and a mailbox with a bound beside one without.
 *
 *   node bench/back-pressure.mjs [messages] [rounds]
 *
 * Each round runs everything, in turn; medians are printed. Needs `npm run setup` first.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atom, EpmdServer, HiddenNode, registered, tuple } from 'hidden-node';

const messages = Number(process.argv[2] ?? 200_000);
const rounds = Number(process.argv[3] ?? 5);
const PEER = 'counter@127.0.0.1';
const counter = registered('counter', PEER);
const message = (n) => tuple(atom('send'), n, 'hello world', 1234567890123);
const folder = mkdtempSync(join(tmpdir(), 'hidden-node-bench-'));

async function timed(count, work) {
  const start = performance.now();
  await work();
  return (count / (performance.now() - start)) * 1000;
}

async function counted(node, expected) {
  const count = await node.call(counter, atom('count'), { timeout: 120_000 });
  if (count !== expected) throw new Error(`${count} messages came, not ${expected}`);
}

function sends(node) {
  return timed(messages, async () => {
    for (let n = 0; n < messages; n++) if (!node.send(counter, message(n))) await node.drained();
    await counted(node, messages);
  });
}

function calls(node) {
  const count = Math.ceil(messages / 20);
  return timed(count, async () => {
    for (let n = 0; n < count; n++) await node.call(counter, message(n));
    await counted(node, count);
  });
}

function throughWindow(node, size) {
  const count = Math.ceil(messages / (size === 1 ? 20 : 1));
  return timed(count, async () => {
    const window = node.window(counter, { size });
    for (let n = 0; n < count; n++) await window.send(message(n));
    await window.flush();
    window.close();
    await counted(node, count);
  });
}

function received(node, bound) {
  return timed(messages, async () => {
    const mailbox = node.mailbox('inbox', { bound });
    node.send(registered('source', PEER), tuple(atom('blast'), messages, 11, tuple(atom('inbox'), atom(node.name))));
    let count = 0;
    for await (const _ of mailbox) if (++count === messages) break;
    mailbox.close();
  });
}

const rows = {
  'plain sends': sends,
  'window of 1': (node) => throughWindow(node, 1),
  'window of 16': (node) => throughWindow(node, 16),
  'window of 64': (node) => throughWindow(node, 64),
  'window of 256': (node) => throughWindow(node, 256),
  'window of 1024': (node) => throughWindow(node, 1024),
  'calls one by one': calls,
  'received, no bound': (node) => received(node, undefined),
  'received, bound of 10,000': (node) => received(node, { messages: 10_000 }),
  'received, bound of 1,000': (node) => received(node, { messages: 1_000 }),
  'received, bound of 100': (node) => received(node, { messages: 100 }),
  'received, bound of 10': (node) => received(node, { messages: 10 }),
};

const epmd = await EpmdServer.start({ port: 0 });
let erl;
try {
  for (const name of ['hidden_node_server', 'hidden_node_peer']) {
    execFileSync('erlc', ['-o', folder, new URL(`erlang/${name}.erl`, import.meta.url).pathname]);
  }
  const args = ['-noinput', '-start_epmd', 'false', '-pa', folder, '-name', PEER, '-setcookie', 'throughput'];
  erl = spawn('erl', args, { stdio: 'ignore', env: { ...process.env, ERL_EPMD_PORT: String(epmd.port) } });
  const node = await HiddenNode.start({ name: 'js@127.0.0.1', cookie: 'throughput', epmd: { port: epmd.port } });
  await node.connect(PEER, { retry: true, timeout: 15_000 });
  await node.rpc(PEER, 'hidden_node_server', 'start');
  await node.rpc(PEER, 'hidden_node_peer', 'start');
  const results = Object.fromEntries(Object.keys(rows).map((name) => [name, []]));
  for (let i = -1; i < rounds; i++) {
    for (const [name, run] of Object.entries(rows)) {
      const rate = await run(node);
      // The first round warms everything up and does not count.
      if (i >= 0) results[name].push(rate);
    }
  }
  console.log(`${messages} messages, medians of ${rounds} interleaved rounds, Node ${process.version}`);
  for (const [name, rates] of Object.entries(results)) {
    const sorted = rates.sort((a, b) => a - b).map((rate) => (rate / 1000).toFixed(1).padStart(7));
    const [low, middle, high] = [sorted[0], sorted[Math.floor(rounds / 2)], sorted.at(-1)];
    console.log(`${name.padEnd(26)} ${middle} k/s  (${low} to ${high})`);
  }
  await node.stop();
} finally {
  erl?.kill('SIGKILL');
  await epmd.stop();
  rmSync(folder, { recursive: true, force: true });
}
