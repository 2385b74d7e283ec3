/** What was counted and how it compares, for people. */
import { fixed, NONE } from '../report/format.ts';
import { numbers, type Table } from '../report/table-model.ts';
import type { Comparison, Comparisons } from './compare.ts';
import { type Baseline, type Count, DIRECTIONS, type Direction, type Origin, YARDSTICK } from './model.ts';

/** How to make a new baseline. */
export const UPDATE = 'npm run test:instructions -- --update';

/** One row for each kind of term, and a last one for the yardstick. */
export function countTable(now: Baseline, baseline?: Baseline, compared?: Comparisons): Table {
  const rows = Object.entries(now.counts).sort(([a], [b]) => Number(a === YARDSTICK) - Number(b === YARDSTICK));
  return {
    title: `Instructions per term, ${originText(now)}`,
    ...(baseline && { note: `Baseline: ${originText(baseline)}` }),
    columns: [
      { head: 'term', align: 'left' },
      { head: 'bytes', align: 'right' },
      ...DIRECTIONS.flatMap((direction) => numbers(direction, 'now', 'expected', 'change')),
    ],
    rows: rows.map(([term, count]) => ({
      cells: [
        term,
        fixed(count.bytes, 0),
        ...DIRECTIONS.flatMap((direction) => cellsOf(count, direction, find(compared, term, direction))),
      ],
      ruled: term === YARDSTICK,
    })),
  };
}

function originText({ node, arch, valgrind }: Origin): string {
  return `Node.js ${node} on ${arch}, ${valgrind}`;
}

function find(compared: Comparisons | undefined, term: string, direction: Direction): Comparison | undefined {
  return compared?.list.find((one) => one.term === term && one.direction === direction);
}

function cellsOf(count: Count, direction: Direction, compared: Comparison | undefined): string[] {
  const now = fixed(count[direction], 0);
  return compared === undefined ? [now, NONE, NONE] : [now, fixed(compared.expected, 0), percent(compared.change)];
}

/** `+12.3 %`. */
function percent(share: number): string {
  return `${share < 0 ? '' : '+'}${fixed(share * 100, 1)} %`;
}

/** Why the check fails: empty if it does not. */
export function failures({ limit, list, faults }: Comparisons): string[] {
  const slower = list.filter(({ change }) => change > limit);
  return [...slower.map((one) => failureText(one, limit)), ...faults];
}

function failureText({ term, direction, count, expected, change }: Comparison, limit: number): string {
  const figures = `${fixed(count, 0)} instructions in place of ${fixed(expected, 0)}`;
  return `${term}: ${direction} takes ${figures}, ${percent(change)} (limit ${percent(limit)})`;
}

/** What is not wrong, but leaves the guard slack: empty if nothing is. */
export function slack({ limit, list }: Comparisons): string[] {
  const faster = list.filter(({ change }) => change < -limit);
  return faster.map(
    ({ term, direction, change }) => `${term}: ${direction} takes less than the baseline, ${percent(change)}`,
  );
}
