/** Programs that do the same again and again, after which nothing may be left. */
import { expect } from 'vitest';
import { run } from './program.ts';

/** What a program measures after each round, in bytes and pieces. */
export interface Figures {
  heap: number;
  rss: number;
  descriptors: number;
  threads: number;
  timers: number;
}

/** How far the heap may be above that of the round it is compared with: what the engine goes on compiling. */
const MARGIN = 1024 * 1024;

export function expectNoGrowth(early: Figures, late: Figures, margin = MARGIN): void {
  expect(late.heap).toBeLessThan(early.heap + margin);
  expect(late.descriptors).toBeLessThanOrEqual(early.descriptors);
  expect(late.threads).toBeLessThanOrEqual(early.threads);
  expect(late.timers).toBeLessThanOrEqual(early.timers);
}

/**
 * Runs a program of `test/hazard/programs` that prints its figures.
 *
 * @param facts - what it finds, with `rounds`, how often it does it
 * @param warm - the round, from 1, with which the last is compared
 * @returns all figures, with what the program adds to them
 */
export async function runRounds(
  program: string,
  facts: { rounds: number; [fact: string]: unknown },
  warm = 4,
): Promise<Figures[]> {
  const { code, stdout, stderr } = await run(program, facts, { flags: ['--expose-gc'], timeout: 170_000 });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const figures: Figures[] = JSON.parse(stdout);
  expect(figures).toHaveLength(facts.rounds);
  expectNoGrowth(figures[warm - 1]!, figures.at(-1)!);
  return figures;
}
