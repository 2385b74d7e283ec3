/** What was counted and how it compares, for people. */
import { fixed, NONE } from '../report/format.ts';
import { numbers, type Table } from '../report/table-model.ts';
import type { Baseline, Comparison, Comparisons, Origin } from './baseline.ts';
import type { Count } from './count.ts';
import { DIRECTIONS, type Direction, YARDSTICK } from './tasks.ts';

export const UPDATE = 'npm run test:instructions -- --update';

/** One row for each kind of term, and a last one for the yardstick. */
export function countTable(
  counts: ReadonlyMap<string, Count>,
  origin: Origin,
  baseline?: Baseline,
  compared?: Comparisons,
): Table {
  const rows = [...counts].sort(([a], [b]) => Number(a === YARDSTICK) - Number(b === YARDSTICK));
  return {
    title: `Instructions per term, ${originText(origin)}`,
    ...(baseline && { note: `Baseline: ${originText(baseline)}` }),
    columns: [
      { head: 'term', align: 'left' },
      { head: 'bytes', align: 'right' },
      ...DIRECTIONS.flatMap((direction) => numbers(direction, 'now', 'expected', 'change')),
    ],
    rows: rows.map(([term, count]) => ({
      cells: [
        term,
        fixed(count.bytes, 1),
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
  return [
    ...slower.map(
      ({ term, direction, count, expected, change }) =>
        `${term}: ${direction} takes ${fixed(count, 0)} instructions, ${percent(change)} of the expected ${fixed(expected, 0)} (limit ${percent(limit)})`,
    ),
    ...faults,
  ];
}

/** What is not wrong, but leaves the guard slack: empty if nothing is. */
export function slack({ limit, list }: Comparisons): string[] {
  return list
    .filter(({ change }) => change < -limit)
    .map(({ term, direction, change }) => `${term}: ${direction} is faster than the baseline, ${percent(change)}`);
}
