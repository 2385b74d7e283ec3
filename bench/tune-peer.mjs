/**
 * What tuning the peer (`node.tunePeer`) does: messages out (W1), in (W2), one at a time (W3), and 1000 requests under way at once (W4), with an Erlang
 * node as it is by default and tuned.
 *
 *   node bench/tune-peer.mjs [rounds] [share of the messages]
 *
 * Each round runs every workload both ways, one after the other over one connection, in an order that changes from round to round; what counts
 * are the medians of the paired ratios. Needs `npm run setup` first.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atom, EpmdServer, HiddenNode, registered, tuple } from 'hidden-node';

const rounds = Number(process.argv[2] ?? 11);
const share = Number(process.argv[3] ?? 1);
const PEER = 'peer@127.0.0.1';
const SMALL = 11;
const LARGE = 64 * 1024;
const OUTSTANDING = 1000;
const [SEND, HOST] = [atom('send'), atom('js@host')];
const folder = mkdtempSync(join(tmpdir(), 'hidden-node-bench-'));

const bodies = new Map([SMALL, 1024, LARGE].map((bytes) => [bytes, Buffer.alloc(bytes, 'x')]));

/** Messages per second into a process of the peer that counts. */
async function out(node, bytes, count) {
  const mailbox = node.mailbox();
  const sink = registered('sink', PEER);
  mailbox.send(sink, tuple(atom('expect'), count, mailbox.pid));
  await mailbox.receive();
  const body = bodies.get(bytes);
  for (let n = 0; n < count; n++) {
    if (!mailbox.send(sink, tuple(SEND, HOST, body, 1234567890123))) await node.drained();
  }
  const [, microseconds] = await mailbox.receive();
  mailbox.close();
  return (count / microseconds) * 1e6;
}

/** Messages per second from a process of the peer. */
async function into(node, bytes, count) {
  const mailbox = node.mailbox('inbox');
  let first;
  let seen = 0;
  const milliseconds = await new Promise((resolve) => {
    mailbox.onMessage(() => {
      first ??= performance.now();
      if (++seen === count) resolve(performance.now() - first);
    });
    mailbox.send(registered('source', PEER), tuple(atom('blast'), count, bytes, tuple(atom('inbox'), atom(node.name))));
  });
  mailbox.close();
  return (count / milliseconds) * 1e3;
}

/** Microseconds there and back, one message at a time: the median and the 99th of 100. */
async function pingPong(node, count) {
  const mailbox = node.mailbox();
  const times = [];
  for (let n = 0; n < count; n++) {
    const start = performance.now();
    mailbox.send(registered('echo', PEER), tuple(atom('ping'), mailbox.pid, n));
    await mailbox.receive();
    times.push((performance.now() - start) * 1000);
  }
  mailbox.close();
  times.sort((a, b) => a - b);
  return [times[Math.floor(count / 2)], times[Math.floor(count * 0.99)]];
}

/** Requests per second that are answered, so many under way at once. */
async function requests(node, count) {
  const mailbox = node.mailbox();
  const server = registered('server', PEER);
  const request = () => mailbox.send(server, tuple(mailbox.pid, node.reference(), 'hello world'));
  const start = performance.now();
  await new Promise((resolve) => {
    let answered = 0;
    mailbox.onMessage(() => {
      if (++answered + OUTSTANDING <= count) request();
      else if (answered === count) resolve();
    });
    for (let n = 0; n < Math.min(OUTSTANDING, count); n++) request();
  });
  mailbox.close();
  return (count / (performance.now() - start)) * 1e3;
}

const many = (count) => Math.ceil(count * share);
const WORKLOADS = {
  'W1 small': async (node) => [await out(node, SMALL, many(400_000))],
  'W1 1 KiB': async (node) => [await out(node, 1024, many(150_000))],
  'W1 64 KiB': async (node) => [await out(node, LARGE, many(8_000))],
  'W2 small': async (node) => [await into(node, SMALL, many(300_000))],
  'W2 1 KiB': async (node) => [await into(node, 1024, many(100_000))],
  'W2 64 KiB': async (node) => [await into(node, LARGE, many(8_000))],
  'W3 p50, p99': (node) => pingPong(node, many(5_000)),
  W4: async (node) => [await requests(node, many(60_000))],
};

async function tuned(node, work) {
  const tuning = await node.tunePeer(PEER);
  const result = await work(node);
  await tuning.undo();
  return result;
}

/** Both ways, in an order that alternates: `{ before, after }`. */
async function bothWays(node, work, round) {
  if (round % 2 === 0) return { before: await work(node), after: await tuned(node, work) };
  const after = await tuned(node, work);
  return { before: await work(node), after };
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

function report(name, results) {
  const lines = results[0].before.map((_, i) => {
    const figure = (kind) => median(results.map((result) => result[kind][i])).toFixed(0);
    const ratios = results.map(({ before, after }) => after[i] / before[i]).sort((a, b) => a - b);
    const quartiles = [0.25, 0.75].map((part) => ratios[Math.floor(ratios.length * part)].toFixed(2));
    const ratio = `ratio ${median(ratios).toFixed(2)} (quartiles ${quartiles.join(' to ')})`;
    return `${figure('before').padStart(8)} ${figure('after').padStart(8)}   ${ratio}`;
  });
  for (const line of lines) console.log(`${name.padEnd(12)} ${line}`);
}

const epmd = await EpmdServer.start({ port: 0 });
let erlang;
try {
  execFileSync('erlc', ['-o', folder, new URL('erlang/hidden_node_peer.erl', import.meta.url).pathname]);
  const names = ['-start_epmd', 'false', '-name', PEER, '-setcookie', 'tuning'];
  erlang = spawn('erl', ['-noinput', ...names, '-pa', folder, '-eval', 'hidden_node_peer:start()'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ERL_EPMD_PORT: String(epmd.port) },
  });
  const node = await HiddenNode.start({ name: 'js@127.0.0.1', cookie: 'tuning', epmd: { port: epmd.port } });
  await node.connect(PEER, { retry: true, timeout: 15_000 });
  // A node takes connections before it runs what it was started with.
  while ((await node.rpc(PEER, 'erlang', 'whereis', [atom('server')])) === undefined);
  const release = await node.rpc(PEER, 'erlang', 'system_info', [atom('otp_release')]);
  const results = Object.fromEntries(Object.keys(WORKLOADS).map((name) => [name, []]));
  // The first round warms everything up and does not count.
  for (let round = -1; round < rounds; round++) {
    for (const [name, work] of Object.entries(WORKLOADS)) {
      const result = await bothWays(node, work, round);
      if (round >= 0) results[name].push(result);
    }
  }
  console.log(`medians of ${rounds} rounds, OTP ${String.fromCharCode(...release)}, Node ${process.version}`);
  console.log('             default    tuned   (messages per second; W3: microseconds)');
  for (const [name, result] of Object.entries(results)) report(name, result);
  await node.stop();
} finally {
  erlang?.kill('SIGKILL');
  await epmd.stop();
  rmSync(folder, { recursive: true, force: true });
}
