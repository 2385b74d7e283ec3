/** The targets as Markdown, to be pasted into notes. */
import type { Results } from '../results.ts';
import { dateText } from './format.ts';
import type { Table } from './table-model.ts';
import { targetTable } from './target-table.ts';

/** The table of targets with what was measured, and the command that did. */
export function writeMarkdown(results: Results): string {
  const table = targetTable(results);
  return [
    `\`${results.command}\`, ${dateText(results.date)}, commit ${results.commit}, ${results.rounds} rounds.`,
    table.note ?? '',
    renderMarkdown(table),
  ].join('\n\n');
}

/** One table as Markdown, without its title. */
export function renderMarkdown({ columns, rows }: Table): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [
    line(columns.map((column) => column.head)),
    line(columns.map((column) => (column.align === 'left' ? '---' : '--:'))),
    ...rows.map((row) => line(row.cells)),
  ].join('\n');
}
