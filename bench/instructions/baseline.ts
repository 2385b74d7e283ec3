/** The counts that are kept with the sources, and what is held against them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Count } from './count.ts';
import { DIRECTIONS, type Direction, YARDSTICK } from './tasks.ts';

/** From `build/bench/bench/instructions/`, where this is compiled to. */
const FILE = fileURLToPath(new URL('../../../../bench/instructions/baseline.json', import.meta.url));

/** How much more than the baseline is too much. Counts of unchanged code differ by less than a hundredth. */
const LIMIT = 0.1;

/** The same with another Node.js or processor than the baseline's: their compilers differ by up to a third for some terms. */
const LIMIT_ELSEWHERE = 0.5;

/** What counts depend on besides the code. */
export interface Origin {
  node: string;
  arch: string;
  valgrind: string;
}

export interface Baseline extends Origin {
  counts: Record<string, Count>;
}

/** One kind of term in one direction, as it was and as it is. */
export interface Comparison {
  term: string;
  direction: Direction;
  count: number;
  /** What the baseline has, scaled by the yardstick if need be. */
  expected: number;
  /** 0.1 is a tenth more than was expected. */
  change: number;
}

export interface Comparisons {
  /** Above this, a change is too much. */
  limit: number;
  list: Comparison[];
  /** Why there is nothing to compare some terms with. */
  faults: string[];
}

/** @throws Error when there is no baseline */
export function readBaseline(): Baseline {
  return JSON.parse(readFileSync(FILE, 'utf8')) as Baseline;
}

export function writeBaseline(origin: Origin, counts: ReadonlyMap<string, Count>): void {
  const baseline: Baseline = { ...origin, counts: Object.fromEntries(counts) };
  writeFileSync(FILE, `${JSON.stringify(baseline, undefined, 2)}\n`);
}

/**
 * Holds counts against the baseline. One that was made elsewhere is first multiplied by what the yardstick takes here and divided by
 * what it took there.
 */
export function compare(baseline: Baseline, origin: Origin, counts: ReadonlyMap<string, Count>): Comparisons {
  const same = baseline.node === origin.node && baseline.arch === origin.arch;
  const found: Comparisons = { limit: same ? LIMIT : LIMIT_ELSEWHERE, list: [], faults: [] };
  const scale = (direction: Direction): number =>
    same ? 1 : counts.get(YARDSTICK)![direction] / baseline.counts[YARDSTICK]![direction];
  for (const [term, count] of counts) {
    const before = baseline.counts[term];
    if (before === undefined) found.faults.push(`${term} is not in the baseline`);
    else if (before.bytes !== count.bytes) found.faults.push(otherBytes(term, before, count));
    else if (term !== YARDSTICK) {
      for (const direction of DIRECTIONS) {
        const expected = before[direction] * scale(direction);
        const change = count[direction] / expected - 1;
        found.list.push({ term, direction, count: count[direction], expected, change });
      }
    }
  }
  return found;
}

function otherBytes(term: string, before: Count, count: Count): string {
  return `${term} takes ${count.bytes} bytes and took ${before.bytes} for the baseline: it is another term, or encoded otherwise`;
}
