/** Large messages that are under way for longer than the net tick time, and an event loop that is blocked in the middle of one. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { atom, type HiddenNode, type Mailbox, registered, tuple } from '../../lib/index.ts';
import { Cluster, type NamedErlang } from '../helpers/cluster.ts';
import { portOf } from '../helpers/links.ts';
import { load } from '../helpers/load.ts';
import { Relay } from '../helpers/relay.ts';
import { until } from '../helpers/until.ts';

/** In seconds. */
const NET_TICK_TIME = 2;
const MEGABYTE = 1_000_000;
/** Of the relay, in bytes per second. */
const RATE = 5 * MEGABYTE;
/** How many megabytes keep it busy for more than two tick times. */
const SLOW = 24;

let cluster: Cluster;
let beam: NamedErlang;
beforeAll(async () => {
  cluster = await Cluster.start();
  beam = await cluster.beam({ arguments: ['-kernel', 'net_ticktime', String(NET_TICK_TIME)] });
  await load(beam.erlang, new URL('erlang/large.erl', import.meta.url));
  await beam.erlang.evaluate('large:start()');
  await beam.erlang.evaluate('net_kernel:monitor_nodes(true, [{node_type, hidden}, nodedown_reason]), ok');
});
afterEach(() => cluster.stopNodes());
afterAll(() => cluster.stop());

interface Linked {
  node: HiddenNode;
  inbox: Mailbox;
  downs: string[];
}

async function linked(port?: number): Promise<Linked> {
  const node = await cluster.node({ netTickTime: NET_TICK_TIME * 1_000 });
  const downs: string[] = [];
  node.on('nodedown', (_name, { code }) => downs.push(code));
  await node.connect(beam.name, port === undefined ? {} : { host: '127.0.0.1', port });
  return { node, inbox: node.mailbox(), downs };
}

const large = () => registered('large', beam.name);

/** Sends a number, which comes back behind everything that was sent before. */
function sendNumber(inbox: Mailbox, number: number): void {
  inbox.send(large(), tuple(atom('order'), inbox.pid, number));
}

/** Sends a binary, whose size comes back. */
function sendBinary(inbox: Mailbox, bytes: number): void {
  inbox.send(large(), tuple(atom('size'), inbox.pid, Buffer.alloc(bytes, 1)));
}

function block(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

/** Why the Erlang node ended the link to a node, once it has. */
function reasonOfBeam({ node }: Linked): Promise<string> {
  return beam.erlang.evaluate(
    `receive {nodedown, '${node.name}', Facts} -> proplists:get_value(nodedown_reason, Facts) after 10000 -> none end`,
  );
}

/** Sends a binary, and is in the middle of it when this resolves. */
async function middleOf(bytes: number, { node, inbox }: Linked): Promise<void> {
  sendBinary(inbox, bytes);
  sendNumber(inbox, 1);
  // The message begins to go out in a microtask; before the next turn there is no other write.
  await new Promise((resolve) => process.nextTick(() => queueMicrotask(() => resolve(undefined))));
  const { queuedBytes } = node.stats()[beam.name]!;
  expect(queuedBytes).toBeGreaterThan(MEGABYTE);
  expect(queuedBytes).toBeLessThan(bytes);
}

test('messages that together need several tick times, out: none is lost, none overtakes, and the link stays', async () => {
  await using relay = await Relay.start(await portOf(beam));
  const { inbox, downs } = await linked(relay.port);
  relay.rate = RATE;
  const start = performance.now();
  for (let n = 0; n < SLOW; n++) {
    sendBinary(inbox, MEGABYTE);
    sendNumber(inbox, n);
  }
  for (let n = 0; n < SLOW; n++) {
    expect(await inbox.receive({ timeout: 20_000 })).toBe(MEGABYTE);
    expect(await inbox.receive({ timeout: 20_000 })).toBe(n);
  }
  expect(performance.now() - start).toBeGreaterThan(2 * NET_TICK_TIME * 1_000);
  expect(downs).toEqual([]);
});

test('one message that needs several tick times, in: it arrives, what was sent behind it follows, and the link stays', async () => {
  await using relay = await Relay.start(await portOf(beam));
  const { node, inbox, downs } = await linked(relay.port);
  relay.rate = RATE;
  const bytes = SLOW * MEGABYTE;
  const start = performance.now();
  inbox.send(large(), tuple(atom('send'), inbox.pid, atom('binary'), bytes));
  expect(await inbox.receive({ timeout: 5_000 })).toHaveLength(32);
  expect(await inbox.receive({ timeout: 20_000 })).toHaveLength(bytes);
  expect(await inbox.receive({ timeout: 5_000 })).toBe(atom('behind'));
  expect(performance.now() - start).toBeGreaterThan(2 * NET_TICK_TIME * 1_000);
  expect(downs).toEqual([]);
  expect(node.stats()[beam.name]!.ticksOut).toBeGreaterThanOrEqual(4);
});

// Erlang counts only what is whole: it hears the fragments.
test('one message that needs several tick times, out: it arrives, what was sent behind it follows, and the link stays', async () => {
  await using relay = await Relay.start(await portOf(beam));
  const { inbox, downs } = await linked(relay.port);
  relay.rate = RATE;
  const start = performance.now();
  sendBinary(inbox, SLOW * MEGABYTE);
  sendNumber(inbox, 2);
  expect(await inbox.receive({ timeout: 20_000 })).toBe(SLOW * MEGABYTE);
  expect(await inbox.receive({ timeout: 5_000 })).toBe(2);
  expect(performance.now() - start).toBeGreaterThan(2 * NET_TICK_TIME * 1_000);
  expect(downs).toEqual([]);
});

test('between nodes of this library, both ways at once: the link stays', async () => {
  const [near, far] = await Promise.all([1, 2].map(() => cluster.node({ netTickTime: NET_TICK_TIME * 1_000 })));
  const downs: string[] = [];
  for (const node of [near!, far!]) node.on('nodedown', (_name, { code }) => downs.push(code));
  await using relay = await Relay.start(far!.port!);
  await near!.connect(far!.name, { host: '127.0.0.1', port: relay.port });
  relay.rate = RATE;
  const boxes = [near!.mailbox(), far!.mailbox()];
  for (const box of boxes) (box === boxes[0] ? far! : near!).send(box.pid, Buffer.alloc(SLOW * MEGABYTE, 1));
  for (const box of boxes) expect(await box.receive({ timeout: 20_000 })).toHaveLength(SLOW * MEGABYTE);
  expect(downs).toEqual([]);
});

test('an event loop that is blocked in the middle of a message for less than the tick time breaks nothing', async () => {
  const link = await linked();
  await middleOf(50 * MEGABYTE, link);
  // Longer than the quarter after which a quiet connection would carry a tick.
  block(NET_TICK_TIME * 400);
  expect(await link.inbox.receive({ timeout: 10_000 })).toBe(50 * MEGABYTE);
  expect(await link.inbox.receive({ timeout: 5_000 })).toBe(1);
  expect(link.downs).toEqual([]);
});

test('an event loop that is blocked in the middle of a message for longer than the tick time loses the link', async () => {
  const link = await linked();
  await middleOf(50 * MEGABYTE, link);
  block(NET_TICK_TIME * 2_000);
  await until('the end of the link', () => link.downs.length > 0);
  expect(link.downs).toEqual(['noconnection']);
  expect(await reasonOfBeam(link)).toBe('net_tick_timeout');
  expect(link.inbox.size).toBe(0);
  await link.node.connect(beam.name);
  sendNumber(link.inbox, 3);
  expect(await link.inbox.receive({ timeout: 5_000 })).toBe(3);
});
