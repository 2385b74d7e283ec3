/** Results as plain text for a terminal. */
import type { Results } from '../results.ts';
import { blockTable } from './block-table.ts';
import { codecTable } from './codec-table.ts';
import { dateText } from './format.ts';
import { type Column, spans, type Table } from './table-model.ts';
import { targetTable } from './target-table.ts';

const GAP = '  ';

/** All tables of results: blocks, codec, targets. At most 120 columns wide with the contestants of this suite. */
export function writeTable(results: Results): string {
  const tables = results.blocks.map(blockTable);
  if (results.codec.length > 0) tables.push(codecTable(results.codec));
  tables.push(targetTable(results));
  return [head(results), HELP, ...tables.map(renderText)].join('\n\n');
}

const HELP = [
  'Ratios are medians of ratios within one round: of rates, more than 1 is faster; of p50 and p99, less than 1 is.',
  'CPU: of all threads of the contestant, of its main thread alone (in Node.js: the event loop), and of the peer.',
].join('\n');

function head({ command, date, commit, machine }: Results): string {
  const facts = Object.entries(machine).map(([name, value]) => `${name}: ${value}`);
  return [command, `${dateText(date)}, commit ${commit}`, ...facts].join('\n');
}

/** One table as text. Its heads are in two lines if some stand above several columns. */
export function renderText({ title, note, columns, rows }: Table): string {
  const widths = widthsOf(
    columns,
    rows.map((row) => row.cells),
  );
  const line = (cells: string[]) =>
    cells
      .map((cell, i) => (columns[i]!.align === 'left' ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join(GAP)
      .trimEnd();
  const rule = '─'.repeat(widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length));
  return [
    title,
    ...(note === undefined ? [] : [note]),
    rule,
    ...(columns.some((column) => column.group) ? [groupLine(columns, widths)] : []),
    line(columns.map((column) => column.head)),
    rule,
    ...rows.flatMap(({ cells, ruled }, i) => (ruled && i > 0 ? ['', line(cells)] : [line(cells)])),
    rule,
  ].join('\n');
}

/** The width of each column, so that heads above several columns fit too. */
function widthsOf(columns: readonly Column[], rows: string[][]): number[] {
  const widths = columns.map((column, i) => Math.max(column.head.length, ...rows.map((cells) => cells[i]!.length)));
  let at = 0;
  for (const { group, count } of spans(columns)) {
    const own = widths.slice(at, at + count).reduce((sum, width) => sum + width + GAP.length, -GAP.length);
    widths[at]! += Math.max(0, group.length - own);
    at += count;
  }
  return widths;
}

function groupLine(columns: readonly Column[], widths: readonly number[]): string {
  let at = 0;
  const cells = spans(columns).map(({ group, count }) => {
    const width = widths.slice(at, at + count).reduce((sum, one) => sum + one + GAP.length, -GAP.length);
    at += count;
    return columns[at - 1]!.align === 'left' ? group.padEnd(width) : group.padStart(width);
  });
  return cells.join(GAP).trimEnd();
}
