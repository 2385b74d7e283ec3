/**
 * What runs under callgrind: `node workload.js WARM_UP ROUNDS`. A call of `getpriority`, which nobody else makes, stands before and
 * after each part that counts: there callgrind writes down what was executed since the last such call. What lies before the first
 * one is start-up and warm-up. Then each task is a part, in turn, ROUNDS times. Prints what the tasks were, as JSON.
 */
import { getPriority } from 'node:os';
import type { Direction } from './model.ts';
import { allTasks, INSTANCES, type Task } from './tasks.ts';

/** What is said about a task. */
export interface TaskFacts {
  name: string;
  direction: Direction;
  /** How many terms are encoded or decoded in one part. */
  terms: number;
  /** The mean size of the encoded terms. */
  bytes: number;
}

/** What was made last, so that no work can be left out as useless. */
const results: unknown[] = new Array(INSTANCES);

function run({ work, inputs, passes }: Task): void {
  for (let pass = 0; pass < passes; pass++) {
    for (let i = 0; i < INSTANCES; i++) results[i] = work(inputs[i]);
  }
}

function facts({ name, direction, passes, bytes }: Task): TaskFacts {
  return { name, direction, terms: passes * INSTANCES, bytes: bytes / INSTANCES };
}

const [warmUp, rounds] = process.argv.slice(2).map(Number) as [number, number];
const tasks = allTasks();
for (let i = 0; i < warmUp; i++) for (const task of tasks) run(task);
for (let i = 0; i < rounds; i++) {
  for (const task of tasks) {
    // With an empty nursery no part is interrupted by the garbage collector: it would come into one now, into another then.
    gc!({ type: 'minor' });
    getPriority();
    run(task);
    getPriority();
  }
}
console.log(JSON.stringify(tasks.map(facts)));
