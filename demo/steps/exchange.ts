/** Step: every node sends numbered messages to every other, and the receivers are asked what they hold. */
import {
  type Atom,
  atom,
  equals,
  type HiddenNode,
  isHiddenNodeError,
  type Mailbox,
  registered,
  type Term,
  type Tuple,
  tuple,
} from 'hidden-node';
import { HANDLER, type Stored, TAG } from '../handler.ts';
import { allNodes, type Finding, orderedPairs, pairTable, type Scene } from '../scene.ts';
import { count } from '../table.ts';
import { Tally } from '../tally.ts';

/** Messages for each ordered pair of nodes. */
export const MESSAGES_PER_PAIR = 1_000;

/** Milliseconds that a sender waits for the next acknowledgement, and that a receiver has to tell what it holds. */
const PATIENCE = 30_000;

/** What one receiver says it holds. */
interface Holding {
  list: Stored[];
  counts: Map<string, number>;
}

/** Sends between all pairs at once, then compares what the receivers hold with what was sent. */
export async function exchangeStep(scene: Scene): Promise<Finding> {
  const names = allNodes(scene);
  const pairs = orderedPairs(names);
  const acknowledged = await Promise.all(pairs.map(([from, to]) => send(from, to, scene)));
  const holdings = new Map(await Promise.all(names.map(async (name) => [name, await holding(name, scene)] as const)));
  const held = (from: string, to: string) => holdings.get(to)!.counts.get(from) ?? 0;

  const problems = pairs.flatMap(([from, to], index) => [
    ...missingAcks(from, to, acknowledged[index]!),
    ...compare(from, to, held(from, to), holdings.get(to)!.list),
  ]);
  const sent = pairs.length * MESSAGES_PER_PAIR;
  const received = pairs.reduce((sum, [from, to]) => sum + held(from, to), 0);
  return {
    table: pairTable('from \\ to', names, (from, to) => count(held(from, to))),
    proof: `${count(sent)} sent, ${count(received)} held; all acknowledged, in order, unchanged`,
    problems,
    messages: { sent, received },
  };
}

/** Lets a node send to another; resolves to the number of acknowledgements. */
function send(from: string, to: string, { node, signal }: Scene): Promise<number> {
  if (from === node.name) return sendFromHere(node, to, signal);
  const options = { timeout: 2 * PATIENCE, signal };
  return node.rpc<number>(from, HANDLER, 'send', [atom(to), MESSAGES_PER_PAIR], options);
}

/** What `send/2` of the Erlang module does. */
async function sendFromHere(node: HiddenNode, to: string, signal: AbortSignal): Promise<number> {
  await using sender = node.mailbox();
  const [us, them] = [atom(node.name), atom(to)];
  for (let number = 1; number <= MESSAGES_PER_PAIR; number++) {
    const message = tuple(TAG.message, us, number, body(us, them, number), sender.pid);
    if (!sender.send(registered(HANDLER, to), message)) await node.drained({ timeout: PATIENCE, signal });
  }
  return await acknowledgements(sender, them, signal);
}

/** Takes one acknowledgement for each message; resolves to how many came. */
async function acknowledgements(sender: Mailbox, from: Atom, signal: AbortSignal): Promise<number> {
  for (let number = 1; number <= MESSAGES_PER_PAIR; number++) {
    try {
      await sender.receive({ match: tuple(TAG.ack, from, number), timeout: PATIENCE, signal });
    } catch (error) {
      if (isHiddenNodeError(error, 'timeout')) return number - 1;
      throw error;
    }
  }
  return MESSAGES_PER_PAIR;
}

/** Asks a node for what its handler holds. */
async function holding(name: string, { node, handler, signal }: Scene): Promise<Holding> {
  if (name === node.name) return { list: handler.list(), counts: handler.count() };
  const options = { timeout: PATIENCE, signal };
  const counts = await node.rpc<Map<Atom, number>>(name, HANDLER, 'count', [], options);
  const list = await node.rpc<Tuple<[from: Atom, number: number, body: Term]>[]>(name, HANDLER, 'list', [], options);
  return {
    counts: new Map([...counts].map(([from, value]) => [from.name, value])),
    list: list.map(({ elements: [from, number, content] }) => ({ from: from.name, number, body: content })),
  };
}

function missingAcks(from: string, to: string, acknowledged: number): string[] {
  if (acknowledged === MESSAGES_PER_PAIR) return [];
  return [`${to} acknowledged ${count(acknowledged)} of ${count(MESSAGES_PER_PAIR)} messages of ${from}`];
}

/** What is wrong with the messages that `to` holds of `from`. */
function compare(from: string, to: string, counted: number, list: readonly Stored[]): string[] {
  const messages = list.filter((stored) => stored.from === from);
  const tally = new Tally();
  for (const { number } of messages) tally.add(number);
  const { lost, twice, late } = tally.figures(MESSAGES_PER_PAIR);
  const changed = messages.filter((stored) => !equals(stored.body, body(atom(from), atom(to), stored.number))).length;
  const faults = { lost, twice, 'out of order': late, changed, 'counted and not listed': counted - messages.length };
  return Object.entries(faults)
    .filter(([, value]) => value !== 0)
    .map(([fault, value]) => `${from} to ${to}: ${count(value)} ${fault}`);
}

/** The same term as `body/3` of the Erlang module makes. */
function body(from: Atom, to: Atom, number: number) {
  return {
    from,
    to,
    number,
    big: BigInt(number) << 64n,
    fraction: number + 0.5,
    text: `Grüße, привет, 日本 №${number}`,
    list: [number, tuple(atom('nested'), [-number]), true, Buffer.from([0, 255])],
  };
}
