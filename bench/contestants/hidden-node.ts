/**
 * The contestant that is the library: a program that does the suite's tasks through the public API.
 *
 *   node hidden-node.js OWN_NAME PEER_NAME COOKIE [net]
 *
 * With `net` the bytes go over node:net in place of the addon's own TCP.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import {
  atom,
  HiddenNode,
  lookUp,
  type Mailbox,
  type Reference,
  registered,
  type Term,
  Tuple,
  tuple,
} from 'hidden-node';

const [, , name, peer, cookie, transport] = process.argv as [string, string, string, string, string, string?];

const SMALL = 11;
const SEND = atom('send');
const SENDER = atom('js@host');
const NUMBER = 1234567890123;

/** One task, as it comes in on a line. */
interface Task {
  bytes: number;
  count: number;
  outstanding: number;
}

type Figures = Record<string, number>;

function payload(bytes: number): string | Buffer {
  return bytes === SMALL ? 'hello world' : Buffer.alloc(bytes, 'hidden node');
}

function elements(message: Term): readonly Term[] {
  return message instanceof Tuple ? (message.elements as Term[]) : [];
}

/** What tells the references of one node from each other: two of their words. */
function keyOf({ words }: Reference): number {
  return words[1] * 2 ** 32 + words[0];
}

/** Microseconds, with the resolution of the clock. */
function now(): number {
  return performance.now() * 1000;
}

function percentiles(times: Float64Array): Figures {
  times.sort();
  const at = (part: number): number => times[Math.min(times.length - 1, Math.floor(times.length * part))];
  return { p50: at(0.5), p99: at(0.99) };
}

/** Runs `work` with what a promise is settled with, so that handlers can end it. */
function until<T>(work: (done: (value: T) => void, failed: (error: unknown) => void) => void): Promise<T> {
  return new Promise(work);
}

async function w1(node: HiddenNode, inbox: Mailbox, { bytes, count }: Task): Promise<Figures> {
  const to = registered('sink', peer);
  const content = payload(bytes);
  node.send(to, tuple(atom('expect'), count, inbox.pid));
  await inbox.receive();
  for (let i = 0; i < count; i++) {
    if (!node.send(to, tuple(SEND, SENDER, content, NUMBER))) await node.drained();
  }
  const [, elapsed] = elements(await inbox.receive());
  return { elapsed: elapsed as number };
}

function w2(node: HiddenNode, inbox: Mailbox, { bytes, count }: Task): Promise<Figures> {
  return until((done) => {
    let seen = 0;
    let first = 0;
    inbox.onMessage(() => {
      if (seen === 0) first = now();
      if (++seen < count) return;
      inbox.onMessage(undefined);
      done({ elapsed: now() - first });
    });
    const to = tuple(atom('inbox'), atom(node.name));
    node.send(registered('source', peer), tuple(atom('blast'), count, bytes, to));
  });
}

function w3(node: HiddenNode, inbox: Mailbox, { count }: Task): Promise<Figures> {
  return until((done) => {
    const echo = registered('echo', peer);
    const ping = atom('ping');
    const times = new Float64Array(count);
    const start = now();
    let sent = start;
    let round = 0;
    inbox.onMessage(() => {
      const received = now();
      times[round++] = received - sent;
      if (round === count) {
        inbox.onMessage(undefined);
        return done({ elapsed: received - start, ...percentiles(times) });
      }
      sent = now();
      node.send(echo, tuple(ping, inbox.pid, round));
    });
    node.send(echo, tuple(ping, inbox.pid, 0));
  });
}

function w4(node: HiddenNode, inbox: Mailbox, { count, outstanding }: Task): Promise<Figures> {
  return until((done, failed) => {
    const server = registered('server', peer);
    const waiting = new Set<number>();
    const start = now();
    let sent = 0;
    let answered = 0;
    const request = (): void => {
      const reference = node.reference();
      waiting.add(keyOf(reference));
      node.send(server, tuple(inbox.pid, reference, 'hello world'));
      sent++;
    };
    inbox.onMessage((message) => {
      const reference = elements(message)[0] as Reference;
      if (!waiting.delete(keyOf(reference))) failed(new Error('an answer without a request'));
      if (++answered === count) {
        inbox.onMessage(undefined);
        done({ elapsed: now() - start });
      } else if (sent < count) {
        request();
      }
    });
    while (sent < Math.min(outstanding, count)) request();
  });
}

async function rpc1(node: HiddenNode, _inbox: Mailbox, { count }: Task): Promise<Figures> {
  const times = new Float64Array(count);
  const start = now();
  let before = start;
  for (let i = 0; i < count; i++) {
    await node.rpc(peer, 'erlang', 'node', []);
    const after = now();
    times[i] = after - before;
    before = after;
  }
  return { elapsed: before - start, ...percentiles(times) };
}

const TASKS: Record<string, (node: HiddenNode, inbox: Mailbox, task: Task) => Promise<Figures>> = {
  w1,
  w2,
  w3,
  w4,
  rpc1,
};

async function overNodeNet(node: HiddenNode): Promise<void> {
  const { port } = (await lookUp(peer.slice(0, peer.indexOf('@')))) ?? {};
  if (port === undefined) throw new Error(`EPMD does not know ${peer}`);
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  await node.connect(peer, { stream: socket });
}

// The peer has nothing to say for long, and is not to be lost for it.
const node = await HiddenNode.start({ name, cookie, netTickTime: 3_600_000 });
if (transport === 'net') await overNodeNet(node);
else await node.connect(peer);
const inbox = node.mailbox('inbox');
console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const [workload, bytes, count, outstanding] = line.split(' ');
  const task = { bytes: Number(bytes), count: Number(count), outstanding: Number(outstanding) };
  const run = TASKS[workload];
  const figures = run === undefined ? { error: 'unsupported' } : await run(node, inbox, task);
  console.log(JSON.stringify(figures));
}
await node.stop();
