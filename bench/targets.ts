/**
 * The targets of the library as data, and what results say about them. `must` is what a release has to reach, `reach` what it
 * strives for. All are medians of ratios within one run, or CPU time per message: never an absolute rate.
 */
import { type Block, type CodecRow, PEERS, type PeerKind, type Results, type Workload } from './results.ts';
import { figures, higherIsBetter, pairedRatios, type Spread, sampleRatios, spread } from './statistics.ts';

/** Whose targets these are, in blocks and among the codecs. */
export const SUBJECT = 'hidden-node';

/** The codec in C++ that builds each term by calls of N-API and `ei_x_encode`. */
export const NATIVE_CODEC = 'native';

/** Fewer rounds than these prove nothing. */
export const ROUNDS_NEEDED = 7;

/** `rate`, `p50`, `p99`, `encode` and `decode` are divided by the control's; `loopCpu` is in microseconds per message. */
export type Metric = 'rate' | 'p50' | 'p99' | 'loopCpu' | 'encode' | 'decode';

export interface Target {
  workload: Workload | 'codec';
  /** The size of the binary; not given where the workload has one size only. */
  bytes?: number;
  /** Not given for the codec. */
  peer?: PeerKind;
  metric: Metric;
  /** Who is measured against; not given for `loopCpu`. */
  control?: string;
  /** At least this much of a rate, at most this much of a time. */
  must?: number;
  /** The goal beyond it. */
  reach?: number;
}

const SMALL = 11;
const KIB = 1024;

/** The same target for the default peer and for the tuned one. */
function both(target: Omit<Target, 'peer'>): Target[] {
  return PEERS.map((peer) => ({ ...target, peer }));
}

export const TARGETS: readonly Target[] = [
  ...both({ workload: 'w1', bytes: SMALL, metric: 'rate', control: 'limit', must: 0.9, reach: 0.97 }),
  { workload: 'w1', bytes: SMALL, peer: 'default', metric: 'rate', control: 'beam', must: 1.3 },
  { workload: 'w1', bytes: SMALL, peer: 'tuned', metric: 'rate', control: 'beam', reach: 1.2 },
  ...both({ workload: 'w1', bytes: SMALL, metric: 'loopCpu', must: 0.5 }),
  { workload: 'w1', bytes: KIB, peer: 'default', metric: 'rate', control: 'limit', must: 0.9, reach: 0.9 },
  { workload: 'w1', bytes: KIB, peer: 'tuned', metric: 'rate', control: 'limit', must: 0.75, reach: 0.9 },
  ...both({ workload: 'w1', bytes: 64 * KIB, metric: 'rate', control: 'limit', must: 0.7, reach: 0.9 }),
  { workload: 'w2', bytes: SMALL, peer: 'default', metric: 'rate', control: 'beam', must: 0.95 },
  { workload: 'w2', bytes: SMALL, peer: 'tuned', metric: 'rate', control: 'limit', must: 0.75, reach: 0.9 },
  { workload: 'w2', bytes: SMALL, peer: 'tuned', metric: 'rate', control: 'beam', must: 1.25 },
  { workload: 'w2', bytes: SMALL, peer: 'tuned', metric: 'rate', control: 'ei', must: 1.5 },
  ...both({ workload: 'w3', metric: 'p50', control: 'ei', must: 1.15, reach: 1 }),
  ...both({ workload: 'w3', metric: 'p99', control: 'ei', must: 1.25, reach: 1 }),
  ...both({ workload: 'w4', metric: 'rate', control: 'limit', must: 0.9 }),
  ...both({ workload: 'w4', metric: 'rate', control: 'beam', must: 0.85, reach: 1 }),
  { workload: 'w4', peer: 'tuned', metric: 'rate', control: 'ei', must: 2.5 },
  ...both({ workload: 'rpc1', metric: 'rate', control: 'beam', must: 0.9, reach: 1 }),
  { workload: 'codec', metric: 'encode', control: NATIVE_CODEC, must: 0.2 },
  { workload: 'codec', metric: 'decode', control: NATIVE_CODEC, must: 0.25 },
  { workload: 'codec', metric: 'encode', control: 'msgpackr', reach: 1 },
  { workload: 'codec', metric: 'decode', control: 'msgpackr', reach: 1 },
];

export type Outcome = 'met' | 'missed' | 'not measured';

/** What became of one bound. */
export interface Judgement {
  bound: number;
  outcome: Outcome;
  /** By which share of the bound it was missed: 0.05 is 5 %. */
  missedBy?: number;
}

/** What became of one target. */
export interface Verdict {
  target: Target;
  /** Ratios, or microseconds per message. Not given if it was not measured. */
  measured?: Spread;
  /** Of the codec: the term that did worst, which is the one that counts. */
  term?: string;
  must?: Judgement;
  reach?: Judgement;
}

/** Whether a target is about this block. */
function concerns(target: Target, { workload, bytes, peer }: Block): boolean {
  return workload === target.workload && peer === target.peer && (target.bytes === undefined || bytes === target.bytes);
}

/** The target for one metric of a block against one control, if there is one. */
export function targetOf(block: Block, metric: Metric, control: string): Target | undefined {
  return TARGETS.find((target) => concerns(target, block) && target.metric === metric && target.control === control);
}

/** What results say about the targets. */
export function evaluate(results: Results, targets: readonly Target[] = TARGETS): Verdict[] {
  return targets.map((target) => {
    const found = target.workload === 'codec' ? worstTerm(results.codec, target) : measureBlock(results.blocks, target);
    return {
      target,
      ...found,
      ...(target.must !== undefined && { must: judge(target.must, target.metric, found?.measured) }),
      ...(target.reach !== undefined && { reach: judge(target.reach, target.metric, found?.measured) }),
    };
  });
}

function judge(bound: number, metric: Metric, measured: Spread | undefined): Judgement {
  if (measured === undefined) return { bound, outcome: 'not measured' };
  const missing = (higherIsBetter(metric) ? bound - measured.median : measured.median - bound) / bound;
  return missing > 0 ? { bound, outcome: 'missed', missedBy: missing } : { bound, outcome: 'met' };
}

type Found = Pick<Verdict, 'measured' | 'term'> | undefined;

function measured(values: readonly number[]): Found {
  const where = spread(values);
  return where && { measured: where };
}

function measureBlock(blocks: readonly Block[], target: Target): Found {
  const block = blocks.find((one) => concerns(target, one));
  const ours = block?.contestants[SUBJECT];
  if (ours === undefined || target.metric === 'encode' || target.metric === 'decode') return undefined;
  if (target.control === undefined) return measured(figures(ours, target.metric));
  const theirs = block?.contestants[target.control];
  return theirs && measured(sampleRatios(ours, theirs, target.metric));
}

function worstTerm(rows: readonly CodecRow[], { metric, control }: Target): Found {
  if ((metric !== 'encode' && metric !== 'decode') || control === undefined) return undefined;
  let worst: Found;
  for (const term of new Set(rows.map((row) => row.term))) {
    const found = spread(codecRatios(rows, term, SUBJECT, control, metric));
    if (found && (worst?.measured === undefined || found.median > worst.measured.median))
      worst = { measured: found, term };
  }
  return worst;
}

/** The time of one codec divided by that of another at the same term, round by round; less than 1 is faster. */
export function codecRatios(
  rows: readonly CodecRow[],
  term: string,
  ours: string,
  theirs: string,
  way: 'encode' | 'decode',
): number[] {
  const of = (codec: string) => rows.find((row) => row.term === term && row.codec === codec)?.[way] ?? [];
  return pairedRatios(of(ours), of(theirs));
}
