/**
 * How long one large message holds up the event loop: a binary, a list of tuples of 1 KiB, and a list of small tuples, out and
 * in, of several sizes.
 *
 *   node bench/large.mjs [rounds]
 *
 * What counts is the longest time between two turns of the event loop while the message is under way, in milliseconds: the median and
 * the largest of the rounds. Beside it stands the most processor time that the process used between two turns, which is what it comes to
 * on a machine that has nothing else to do. The whole time is until the receiver has it. Needs `npm run setup` first.
 */
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atom, EpmdServer, HiddenNode, registered, tuple } from 'hidden-node';

const rounds = Number(process.argv[2] ?? 7);
const PEER = 'peer@127.0.0.1';
const MEGABYTE = 1_000_000;
/** Tuples as they are encoded. */
const TUPLE_BYTES = 1040;
const RECORD_BYTES = 30;
const READING = atom('reading');
const large = registered('large', PEER);
const folder = mkdtempSync(join(tmpdir(), 'hidden-node-bench-'));

const KINDS = {
  binary: { megabytes: [10, 30, 100], count: (bytes) => bytes, make: (count) => randomBytes(count) },
  list: {
    megabytes: [10, 30, 100],
    count: (bytes) => Math.round(bytes / TUPLE_BYTES),
    make: (count) => Array.from({ length: count }, (_, n) => tuple(n, randomBytes(1028))),
  },
  records: {
    megabytes: [1, 3, 10],
    count: (bytes) => Math.round(bytes / RECORD_BYTES),
    make: (count) => Array.from({ length: count }, (_, n) => tuple(READING, n, Buffer.from('abcdefgh'))),
  },
};

/** Processor time of this process so far, in milliseconds. */
function processorTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** The longest time and the most processor time between two turns, and the whole time, in milliseconds. */
async function watched(work) {
  let [longest, busiest] = [0, 0];
  const start = performance.now();
  let last = { time: start, processor: processorTime() };
  let immediate;
  const look = () => {
    const now = { time: performance.now(), processor: processorTime() };
    longest = Math.max(longest, now.time - last.time);
    busiest = Math.max(busiest, now.processor - last.processor);
    last = now;
    immediate = setImmediate(look);
  };
  look();
  await work();
  clearImmediate(immediate);
  look();
  clearImmediate(immediate);
  return { longest, busiest, whole: performance.now() - start };
}

async function out(mailbox, kind, bytes) {
  const term = KINDS[kind].make(KINDS[kind].count(bytes));
  await new Promise((resolve) => setTimeout(resolve, 100));
  return watched(async () => {
    mailbox.send(large, tuple(atom('order'), mailbox.pid, term));
    await mailbox.receive({ timeout: 60_000 });
  });
}

async function into(mailbox, kind, bytes) {
  mailbox.send(large, tuple(atom('send'), mailbox.pid, atom(kind), KINDS[kind].count(bytes)));
  await mailbox.receive({ timeout: 60_000 });
  return watched(() => mailbox.receive({ timeout: 60_000 }).then(() => undefined));
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

function report(name, megabytes, results) {
  const figures = ['longest', 'busiest'].flatMap((what) => {
    const values = results.map((result) => result[what]);
    return [median(values), Math.max(...values)];
  });
  figures.push(median(results.map((result) => result.whole)));
  const columns = figures.map((figure) => figure.toFixed(0).padStart(9));
  console.log(`${name.padEnd(12)} ${`${megabytes}`.padStart(5)} ${columns.join(' ')}`);
}

const epmd = await EpmdServer.start({ port: 0 });
let erlang;
try {
  execFileSync('erlc', ['-o', folder, new URL('../test/integration/erlang/large.erl', import.meta.url).pathname]);
  const names = ['-start_epmd', 'false', '-name', PEER, '-setcookie', 'large'];
  erlang = spawn('erl', ['-noinput', ...names, '-pa', folder, '-eval', 'large:start()'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ERL_EPMD_PORT: String(epmd.port) },
  });
  const node = await HiddenNode.start({ name: 'js@127.0.0.1', cookie: 'large', epmd: { port: epmd.port } });
  await node.connect(PEER, { retry: true, timeout: 15_000 });
  // A node takes connections before it runs what it was started with.
  while ((await node.rpc(PEER, 'erlang', 'whereis', [atom('large')])) === undefined);
  console.log(`${rounds} rounds, Node ${process.version}`);
  console.log('                       longest block   processor time    whole time   (ms)');
  console.log('                 MB    median   largest    median   largest    median');
  for (const kind of Object.keys(KINDS)) {
    for (const [direction, work] of Object.entries({ out, in: into })) {
      for (const megabytes of KINDS[kind].megabytes) {
        const results = [];
        // The first round warms everything up and does not count.
        for (let round = -1; round < rounds; round++) {
          const mailbox = node.mailbox();
          const result = await work(mailbox, kind, megabytes * MEGABYTE);
          if (round >= 0) results.push(result);
          mailbox.close();
        }
        report(`${kind} ${direction}`, megabytes, results);
      }
    }
  }
  await node.stop();
} finally {
  erlang?.kill('SIGKILL');
  await epmd.stop();
  rmSync(folder, { recursive: true, force: true });
}
