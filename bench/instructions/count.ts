/**
 * Counts instructions with callgrind, which interprets every instruction of the process and so needs no counters of the processor.
 * The figures are those of V8's optimised code.
 */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from '../statistics.ts';
import type { Count, Counts } from './model.ts';
import type { TaskFacts } from './workload.ts';

const WORKLOAD = fileURLToPath(new URL('workload.js', import.meta.url));

/** Seen with `--trace-opt`: after 80 rounds of all tasks V8 compiles nothing any more that counts. */
const WARM_UP = 96;

const ROUNDS = 5;

/** In milliseconds. It takes half a minute of CPU time. */
const PATIENCE = 600_000;

const V8 = [
  // Compile when it is due and not beside it on another thread. Without this some counts differ by a third from run to run.
  '--predictable',
  // Or it begins to mark what lives, at some time, and never ends, as the workload leaves it no pause; until then, storing takes longer.
  '--no-incremental-marking',
  '--random-seed=42',
  '--hash-seed=42',
  '--expose-gc',
];

/** The version of valgrind, such as `valgrind-3.19.0`, or undefined when there is none. */
export function valgrindVersion(): string | undefined {
  const { status, stdout } = spawnSync('valgrind', ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/**
 * Runs the workload under callgrind.
 *
 * @throws Error when the workload cannot be run or its parts cannot be told apart
 */
export function countInstructions(): Counts {
  const folder = mkdtempSync(join(tmpdir(), 'hidden-node-instructions-'));
  try {
    const output = join(folder, 'callgrind.out');
    const run = callgrind(output);
    if (run.error !== undefined) throw run.error;
    if (run.status !== 0) throw new Error(`the workload failed under callgrind:\n${run.stderr}`);
    return countsOf(JSON.parse(run.stdout) as TaskFacts[], totalsOf(readFileSync(output, 'utf8')));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function callgrind(output: string): SpawnSyncReturns<string> {
  const options = [
    '--tool=callgrind',
    // Code that V8 makes or mends is read again.
    '--smc-check=all-non-file',
    '--dump-before=getpriority*',
    '--combine-dumps=yes',
    `--callgrind-out-file=${output}`,
  ];
  return spawnSync('valgrind', [...options, process.execPath, ...V8, WORKLOAD, String(WARM_UP), String(ROUNDS)], {
    encoding: 'utf8',
    timeout: PATIENCE,
    // NODE_OPTIONS, LD_PRELOAD and the like would be counted too.
    env: { PATH: process.env.PATH },
  });
}

/** The instructions of each piece that callgrind wrote down. */
function totalsOf(text: string): number[] {
  return Array.from(text.matchAll(/^summary: (\d+)$/gm), (found) => Number(found[1]));
}

/** Every second piece counts: those between are the garbage collector's. */
function countsOf(tasks: readonly TaskFacts[], totals: readonly number[]): Counts {
  const parts = tasks.length * ROUNDS;
  if (totals.length !== 2 * parts + 1) {
    throw new Error(`callgrind saw ${totals.length - 1} calls of getpriority in place of ${2 * parts}`);
  }
  const counts: Record<string, Count> = {};
  for (const [i, { name, direction, terms, bytes }] of tasks.entries()) {
    const rounds = Array.from({ length: ROUNDS }, (_, round) => totals[2 * (round * tasks.length + i) + 1]!);
    counts[name] ??= { bytes, encode: 0, decode: 0 };
    counts[name][direction] = Math.round(median(rounds) / terms);
  }
  return counts;
}
