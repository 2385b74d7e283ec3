/** A table before it is text, Markdown or HTML: cells are formatted, nothing is laid out. */

export interface Column {
  head: string;
  /** Stands above all neighbours that have the same. */
  group?: string;
  align: 'left' | 'right';
}

export interface Row {
  cells: string[];
  /** The row that the table is about. */
  strong?: boolean;
  /** A line goes before it. */
  ruled?: boolean;
}

export interface Table {
  title: string;
  /** What a reader has to know to read it. */
  note?: string;
  columns: Column[];
  rows: Row[];
}

/** Columns of numbers under one head. */
export function numbers(group: string, ...heads: string[]): Column[] {
  return heads.map((head) => ({ head, group, align: 'right' }));
}

/** The heads that stand above columns, with how many columns they span. */
export function spans(columns: readonly Column[]): { group: string; count: number }[] {
  const found: { group: string; count: number }[] = [];
  for (const { group = '' } of columns) {
    const last = found.at(-1);
    if (last?.group === group && group !== '') last.count++;
    else found.push({ group, count: 1 });
  }
  return found;
}
