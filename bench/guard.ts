/**
 * Fails when the library has become far slower than it has to be: a quick form of the suite, for machines that are shared and noisy.
 * Only ratios within one run count, and CPU time per message, never a rate.
 *
 *   node build/bench/bench/guard.js
 */
import { fileURLToPath } from 'node:url';
import { buildPeers } from './build.ts';
import { describeMachine } from './machine.ts';
import { writeTable } from './report/index.ts';
import { type Block, type Results, WORKLOADS } from './results.ts';
import { higherIsBetter } from './statistics.ts';
import { runSuite } from './suite.ts';
import { evaluate, type Metric, TARGETS, type Target, type Verdict } from './targets.ts';

const PROGRAMS = fileURLToPath(new URL('../../bench-peers', import.meta.url));

/**
 * How far a figure may be from its target: half as fast, or twice as long. What is right on a quiet machine is well within that on a busy
 * one. Latency has two modes on virtual machines, of which one is four times the other: which one a process gets is luck, and lasts.
 */
const TOLERANCE = 2;
const LATENCY_TOLERANCE = 4;

/** How often what fails is measured again before it counts. */
const TRIES = 3;

const ROUNDS = 3;

/** Single slow round trips say more of the machine than of the library. */
const JUDGED: readonly Metric[] = ['rate', 'p50', 'loopCpu'];

const CONTESTANTS = ['hidden-node', 'beam', 'ei', 'limit'];

const log = (text: string): void => void process.stderr.write(text);

/** The targets of releases, widened. */
const GUARDED: readonly Target[] = TARGETS.filter(
  ({ must, metric }) => must !== undefined && JUDGED.includes(metric),
).map(({ reach: _, ...target }) => ({ ...target, must: widened(target) }));

function widened({ must, metric }: Target): number {
  if (higherIsBetter(metric)) return must! / TOLERANCE;
  return must! * (metric === 'p50' ? LATENCY_TOLERANCE : TOLERANCE);
}

function failed(verdict: Verdict): boolean {
  return verdict.must?.outcome !== 'met';
}

/** @param targets - what is to be measured: only their workloads are run */
async function measure(targets: readonly Target[]): Promise<{ blocks: Block[]; otp: string }> {
  const chosen = {
    workloads: WORKLOADS.filter((workload) => targets.some((target) => target.workload === workload)),
    peers: (['default', 'tuned'] as const).filter((peer) => targets.some((target) => target.peer === peer)),
    rounds: ROUNDS,
    quick: true,
    contestants: CONTESTANTS,
    against: undefined,
  };
  return runSuite(chosen, buildPeers(PROGRAMS), log);
}

let left: readonly Target[] = GUARDED.filter(({ workload }) => workload !== 'codec');
let verdicts: Verdict[] = [];
for (let attempt = 1; attempt <= TRIES && left.length > 0; attempt++) {
  if (attempt > 1) log(`\n${left.length} figures are measured again\n`);
  const { blocks, otp } = await measure(left);
  const results: Results = {
    command: 'node build/bench/bench/guard.js',
    date: new Date().toISOString(),
    commit: '',
    machine: describeMachine(otp),
    rounds: ROUNDS,
    blocks,
    codec: [],
  };
  if (attempt === 1) console.log(writeTable(results));
  verdicts = evaluate(results, left);
  left = verdicts.filter(failed).map(({ target }) => target);
}
for (const { target, measured, must } of verdicts.filter(failed)) {
  const { workload, bytes, peer, metric, control } = target;
  const what = `${workload}${bytes === undefined ? '' : ` ${bytes} bytes`}, ${peer} peer, ${metric}`;
  console.log(
    `FAR OFF: ${what}${control === undefined ? '' : ` beside ${control}`}: ${measured?.median.toFixed(2)}, bound ${must?.bound.toFixed(2)}`,
  );
}
console.log(left.length === 0 ? 'speed: nothing is far off its target' : `speed: ${left.length} figures are far off`);
process.exitCode = left.length === 0 ? 0 : 1;
