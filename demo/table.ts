/** Tables and numbers as text. */

/** The cells of one line of a table. */
export type Row = readonly string[];

const GAP = '   ';

/**
 * Aligns rows in columns: the first to the left, the others, which hold figures, to the right.
 *
 * @param rows - the first holds the headings
 */
export function alignColumns(rows: readonly Row[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(GAP),
  );
}

/** A whole number with its thousands set apart: `200,000`. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** A time in milliseconds with one decimal: `0.4 ms`. */
export function milliseconds(value: number): string {
  return `${value.toFixed(1)} ms`;
}
