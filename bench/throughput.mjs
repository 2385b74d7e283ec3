/**
 * First figures of throughput: W1 (small messages out), W2 (small messages in), beside the same from BEAM to BEAM in the same run.
 *
 *   node bench/throughput.mjs [messages] [rounds]
 *
 * Each round runs all three, in turn; what counts are the medians of the paired ratios. Needs `npm run setup` first.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atom, HiddenNode, registered, tuple } from 'hidden-node';

const messages = Number(process.argv[2] ?? 1_000_000);
const rounds = Number(process.argv[3] ?? 7);
const cookie = 'throughput';
const folder = mkdtempSync(join(tmpdir(), 'hidden-node-bench-'));
const children = [];

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

function start(command, args, environment = {}) {
  const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'inherit'], env: { ...process.env, ...environment } });
  children.push(child);
  return child;
}

async function untilPong(node, peer) {
  const end = Date.now() + 15_000;
  while (!(await node.ping(peer, { timeout: 1_000 }))) {
    if (Date.now() > end) throw new Error(`${peer} did not start`);
  }
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

const inbox = { name: 'inbox' };

/** Microseconds for N messages into the sink, sent by `send` once the sink is ready. */
async function intoSink(node, mailbox, send) {
  node.send(registered('sink', 'sink@127.0.0.1'), tuple(atom('expect'), messages, mailbox.pid));
  await mailbox.receive();
  const cpu = process.cpuUsage();
  await send();
  const [, elapsed] = await mailbox.receive({ timeout: 120_000 });
  const { user, system } = process.cpuUsage(cpu);
  return { elapsed, cpu: (user + system) / messages };
}

async function w1(node, mailbox) {
  const to = registered('sink', 'sink@127.0.0.1');
  const name = atom('js@host');
  const tag = atom('send');
  return intoSink(node, mailbox, async () => {
    for (let i = 0; i < messages; i++) {
      if (!node.send(to, tuple(tag, name, 'hello world', 1234567890123))) await node.drained();
    }
  });
}

function beam(node, mailbox) {
  return intoSink(node, mailbox, () =>
    node.rpc('source@127.0.0.1', 'hidden_node_bench', 'source', [atom('sink'), atom('sink@127.0.0.1'), messages]),
  );
}

async function w2(node) {
  const mailbox = node.mailbox(inbox.name);
  let first = 0n;
  let count = 0;
  const cpu = process.cpuUsage();
  const { promise, resolve } = (() => {
    const deferred = {};
    deferred.promise = new Promise((r) => {
      deferred.resolve = r;
    });
    return deferred;
  })();
  mailbox.onMessage(() => {
    if (count === 0) first = process.hrtime.bigint();
    if (++count === messages) resolve(Number(process.hrtime.bigint() - first) / 1000);
  });
  await node.rpc('source@127.0.0.1', 'hidden_node_bench', 'source', [atom(inbox.name), atom(node.name), messages]);
  const elapsed = await promise;
  const { user, system } = process.cpuUsage(cpu);
  mailbox.close();
  return { elapsed, cpu: (user + system) / messages };
}

function report(name, runs, control) {
  const rates = runs.map(({ elapsed }) => (messages / elapsed) * 1000);
  const ratios = runs.map(({ elapsed }, i) => control[i].elapsed / elapsed);
  const cpu = median(runs.map((run) => run.cpu));
  const round = (x) => x.toFixed(0).padStart(6);
  console.log(
    `${name.padEnd(14)} ${round(median(rates))} k/s (${round(Math.min(...rates))} to ${round(Math.max(...rates))})` +
      `   ratio to BEAM ${median(ratios).toFixed(2)}   our CPU ${cpu.toFixed(2)} us/message`,
  );
}

try {
  execFileSync('erlc', ['-o', folder, new URL('erlang/hidden_node_bench.erl', import.meta.url).pathname]);
  const port = await freePort();
  start('epmd', ['-port', String(port)]);
  const erl = (name, ...more) =>
    start('erl', ['-noinput', '-start_epmd', 'false', '-name', name, '-setcookie', cookie, '-pa', folder, ...more], {
      ERL_EPMD_PORT: String(port),
    });
  let node;
  for (let i = 0; node === undefined; i++) {
    node = await HiddenNode.start({ name: 'js@127.0.0.1', cookie, epmd: { port } }).catch((error) => {
      if (i > 100) throw error;
      return new Promise((r) => setTimeout(r, 50));
    });
  }
  erl('sink@127.0.0.1', '-eval', 'spawn(hidden_node_bench, sink, []).');
  erl('source@127.0.0.1');
  await untilPong(node, 'sink@127.0.0.1');
  await untilPong(node, 'source@127.0.0.1');
  // A node answers before it runs what it was started with.
  while ((await node.rpc('sink@127.0.0.1', 'erlang', 'whereis', [atom('sink')])) === undefined);
  await node.rpc('source@127.0.0.1', 'net_kernel', 'connect_node', [atom('sink@127.0.0.1')]);
  const mailbox = node.mailbox();
  const results = { w1: [], w2: [], beam: [] };
  for (let i = -1; i < rounds; i++) {
    const round = { w1: await w1(node, mailbox), beam: await beam(node, mailbox), w2: await w2(node) };
    // The first round warms everything up and does not count.
    if (i >= 0) for (const name of Object.keys(results)) results[name].push(round[name]);
  }
  console.log(
    `${messages} messages, medians of ${rounds} interleaved rounds, OTP ${await node.rpc('sink@127.0.0.1', 'erlang', 'system_info', [atom('otp_release')]).then((r) => String.fromCharCode(...r))}, Node ${process.version}`,
  );
  report('BEAM to BEAM', results.beam, results.beam);
  report('W1 Node out', results.w1, results.beam);
  report('W2 Node in', results.w2, results.beam);
  await node.stop();
} finally {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
