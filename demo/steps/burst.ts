/** Step: as many messages as fast as they go, in each direction, counted by the receiver. */
import {
  atom,
  type HiddenNode,
  isHiddenNodeError,
  type Mailbox,
  registered,
  type Term,
  Tuple,
  tuple,
} from 'hidden-node';
import { HANDLER, TAG } from '../handler.ts';
import { alive, type Finding, type Scene } from '../scene.ts';
import { count, type Row } from '../table.ts';
import type { Figures } from '../tally.ts';

/** Milliseconds that a sender waits for the report of the receiver: as long as the Erlang module does. */
const PATIENCE = 30_000;

/** The body of each message. */
const FILLER = Buffer.alloc(64, 'x');

/** What one direction came to. */
interface Burst {
  from: string;
  to: string;
  total: number;
  /** What the receiver says; undefined when it does not. */
  figures: Figures | undefined;
  /** Microseconds from the first message until the receiver's report was back, by the clock of the sender. */
  micros: number;
}

/** First this node sends to the first Erlang node, then the last Erlang node sends to this one. */
export async function burstStep(scene: Scene): Promise<Finding> {
  const bursts = [await burstFromHere(scene), await burstToHere(scene)];
  const received = bursts.reduce((sum, { figures }) => sum + (figures?.received ?? 0), 0);
  return {
    table: [['way', 'received', 'lost', 'twice', 'late', 'msg/s receiver', 'msg/s sender'], ...bursts.map(row)],
    proof: 'each message came once, in its place; rates by the clock of each side',
    problems: bursts.flatMap(wrong),
    messages: { sent: bursts.length * scene.burst, received },
  };
}

async function burstFromHere({ node, beams, burst: total, signal }: Scene): Promise<Burst> {
  const to = beams[0]!.name;
  await using sender = node.mailbox();
  const start = performance.now();
  await sendBurst(node, sender, to, total, signal);
  const figures = await reportOf(sender, to, signal);
  return { from: node.name, to, total, figures, micros: (performance.now() - start) * 1000 };
}

/** Sends the messages and, from the same process so that it stays behind them, the question for the report. */
async function sendBurst(node: HiddenNode, sender: Mailbox, to: string, total: number, signal: AbortSignal) {
  const handler = registered(HANDLER, to);
  const us = atom(node.name);
  for (let number = 1; number <= total; number++) {
    if (!sender.send(handler, tuple(TAG.burst, us, number, FILLER))) await node.drained({ timeout: PATIENCE, signal });
  }
  sender.send(handler, tuple(TAG.report, us, total, sender.pid));
}

async function reportOf(sender: Mailbox, from: string, signal: AbortSignal): Promise<Figures | undefined> {
  const isReport = (message: Term) =>
    message instanceof Tuple && message.elements[0] === TAG.report && message.elements[1] === atom(from);
  try {
    const report = await sender.receive<Tuple<Term[]>>({ match: isReport, timeout: PATIENCE, signal });
    return figuresOf(report.elements[2]);
  } catch (error) {
    if (isHiddenNodeError(error, 'timeout')) return undefined;
    throw error;
  }
}

async function burstToHere({ node, beams, burst: total, signal }: Scene): Promise<Burst> {
  const from = beams.at(-1)!.name;
  const options = { timeout: Number.POSITIVE_INFINITY, signal };
  const answer = await node.rpc<Tuple<[Term, number]>>(from, HANDLER, 'burst', [atom(node.name), total], options);
  const [figures, micros] = answer.elements;
  return { from, to: node.name, total, figures: figuresOf(figures), micros };
}

/** The figures of a report, a map of Erlang. */
function figuresOf(term: Term): Figures | undefined {
  if (!(term instanceof Map)) return undefined;
  const figure = (name: keyof Figures) => Number(term.get(atom(name)));
  return {
    received: figure('received'),
    lost: figure('lost'),
    twice: figure('twice'),
    late: figure('late'),
    micros: figure('micros'),
  };
}

function row({ from, to, figures, micros }: Burst): Row {
  const way = `${alive(from)} to ${alive(to)}`;
  if (figures === undefined) return [way, ...Array<string>(6).fill('?')];
  const counts = [figures.received, figures.lost, figures.twice, figures.late];
  const rates = [figures.micros, micros].map((time) => (figures.received / Math.max(1, time)) * 1e6);
  return [way, ...[...counts, ...rates].map(count)];
}

function wrong({ from, to, total, figures }: Burst): string[] {
  if (figures === undefined) return [`${to} did not report what arrived of the ${count(total)} messages of ${from}`];
  const { received, lost, twice, late } = figures;
  const faults = Object.entries({ lost, twice, 'out of order': late }).filter(([, value]) => value !== 0);
  const sentences = faults.map(
    ([fault, value]) => `${from} to ${to}: ${count(value)} of ${count(total)} messages ${fault}`,
  );
  if (sentences.length > 0 || received === total) return sentences;
  return [`${from} to ${to}: ${count(received)} messages arrived, not ${count(total)}`];
}
