/** Holds counts against the baseline. */
import { type Baseline, type Count, DIRECTIONS, type Direction, YARDSTICK } from './model.ts';

/**
 * How much more than the baseline is too much. The same code gives the same counts within 0.6 %, and a harmless change, by which V8
 * arranges other things otherwise, moved single ones by 2.4 %.
 */
export const LIMIT = 0.1;

/** The same with another Node.js or processor than the baseline's. Single terms differ by up to 50 % among Node.js 20, 22 and 24. */
export const LIMIT_ELSEWHERE = 0.75;

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
  /** Why some terms cannot be compared. */
  faults: string[];
}

/**
 * Compares term by term. What the baseline has from elsewhere is first multiplied by what the yardstick takes here, and divided by what
 * it took there.
 */
export function compare(baseline: Baseline, now: Baseline): Comparisons {
  const same = baseline.node === now.node && baseline.arch === now.arch;
  const found: Comparisons = { limit: same ? LIMIT : LIMIT_ELSEWHERE, list: [], faults: [] };
  const scale = (direction: Direction): number =>
    same ? 1 : now.counts[YARDSTICK]![direction] / baseline.counts[YARDSTICK]![direction];
  for (const term of new Set([...Object.keys(baseline.counts), ...Object.keys(now.counts)])) {
    const before = baseline.counts[term];
    const count = now.counts[term];
    if (before === undefined || count === undefined || before.bytes !== count.bytes) {
      found.faults.push(faultOf(term, before, count));
    } else if (term !== YARDSTICK) {
      found.list.push(
        ...DIRECTIONS.map((direction) => one(term, direction, before[direction] * scale(direction), count)),
      );
    }
  }
  return found;
}

function one(term: string, direction: Direction, expected: number, count: Count): Comparison {
  return { term, direction, count: count[direction], expected, change: count[direction] / expected - 1 };
}

function faultOf(term: string, before: Count | undefined, count: Count | undefined): string {
  if (before === undefined) return `${term} is not in the baseline`;
  if (count === undefined) return `${term} is in the baseline only`;
  return `${term} takes ${count.bytes} bytes, and ${before.bytes} in the baseline: it is another term, or encoded otherwise`;
}
