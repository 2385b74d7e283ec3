/** The node that is measured: the one that all the peers are connected to. */
import { readdirSync } from 'node:fs';
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { atom, HiddenNode, type Mailbox, type Reference, registered, type Tuple, tuple } from 'hidden-node';
import { cpuTime } from '../cpu-time.ts';
import { answerTasks } from './child.ts';
import type { Duration, Footprint, HubTasks, PeerAddress, Traffic } from './tasks.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const [, , name, cookie] = process.argv as [string, string, string, string];
const node = await HiddenNode.start({ name, cookie });
const inbox = node.mailbox('inbox');

/** After garbage was collected, other threads are busy for a while, in milliseconds. */
const SETTLING = 3_000;

const clock = (): number => performance.timeOrigin + performance.now();
const entries = (folder: string): number => readdirSync(`/proc/self/${folder}`).length;

/** Other threads free what the collector has found, a moment later. */
async function footprint(): Promise<Footprint> {
  for (let last = -1; ; ) {
    collectGarbage();
    const { rss, heapUsed, external } = process.memoryUsage();
    if (external === last) return { rss, heapUsed, external, descriptors: entries('fd'), threads: entries('task') };
    last = external;
    await delay(50);
  }
}

async function watched<T>(work: (histogram: IntervalHistogram) => Promise<T>): Promise<T> {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  try {
    return await work(histogram);
  } finally {
    histogram.disable();
  }
}

function timed(work: () => Promise<unknown>): Promise<Duration> {
  return watched(async (histogram) => {
    const before = cpuTime(process.pid).all;
    const start = performance.now();
    await work();
    const elapsed = performance.now() - start;
    return { elapsed, blocked: histogram.max / 1e6, cpu: (cpuTime(process.pid).all - before) / 1000 };
  });
}

/** @param run - does so many, until the time is over */
async function traffic(seconds: number, run: (end: number) => Promise<number>): Promise<Traffic> {
  const before = cpuTime(process.pid).all;
  const start = performance.now();
  const count = await run(start + seconds * 1000);
  const elapsed = performance.now() - start;
  return { count, elapsed, cpu: (cpuTime(process.pid).all - before) / count };
}

/** @returns how many were answered */
function request(to: Mailbox, peers: readonly string[], outstanding: number, end: number): Promise<number> {
  const servers = peers.map((peer) => registered('server', peer));
  const underWay = new Map<string, number>();
  let answered = 0;
  const ask = (index: number): void => {
    const reference = node.reference();
    underWay.set(reference.words.join(), index);
    node.send(servers[index]!, tuple(to.pid, reference, 'hello world'));
  };
  return new Promise((resolve) => {
    to.onMessage((message) => {
      const key = (((message as Tuple).elements as unknown[])[0] as Reference).words.join();
      const index = underWay.get(key)!;
      underWay.delete(key);
      answered++;
      if (performance.now() < end) return ask(index);
      if (underWay.size > 0) return;
      to.onMessage(undefined);
      resolve(answered);
    });
    for (let n = 0; n < outstanding; n++) ask(n % peers.length);
  });
}

async function broadcast(peers: readonly string[], end: number): Promise<number> {
  // Where it is dropped.
  const sinks = peers.map((peer) => registered('nobody', peer));
  const message = tuple(atom('send'), atom('js@host'), Buffer.from('hello world'), 1234567890123);
  let count = 0;
  while (performance.now() < end) {
    for (const sink of sinks) node.send(sink, message);
    count += sinks.length;
    await node.drained();
    await turn();
  }
  return count;
}

async function untilLinks(count: number): Promise<number> {
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (node.nodes().length !== count) return;
      node.off('nodeup', look).off('nodedown', look);
      resolve();
    };
    node.on('nodeup', look).on('nodedown', look);
    look();
  });
  return clock();
}

const connect = (peers: PeerAddress[], viaEpmd: boolean): Promise<unknown> =>
  Promise.all(peers.map(({ name: peer, port }) => node.connect(peer, viaEpmd ? {} : { port })));

answerTasks<HubTasks>({
  connect: ({ peers, viaEpmd }) => timed(() => connect(peers, viaEpmd)),
  disconnect: () => timed(() => Promise.all(node.nodes().map((peer) => node.disconnect(peer)))),
  links: ({ count }) => watched(async (histogram) => ({ at: await untilLinks(count), blocked: histogram.max / 1e6 })),
  footprint,
  requests: ({ peers, outstanding, seconds }) => traffic(seconds, (end) => request(inbox, peers, outstanding, end)),
  broadcast: ({ peers, seconds }) => traffic(seconds, (end) => broadcast(peers, end)),
  async rest({ seconds }) {
    await footprint();
    await delay(SETTLING);
    const before = cpuTime(process.pid).all;
    await delay(seconds * 1000);
    return { cpuPerSecond: (cpuTime(process.pid).all - before) / seconds };
  },
});
process.send!({ name: node.name, port: node.port });
