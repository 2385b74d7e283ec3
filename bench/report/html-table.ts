/** A table as HTML. */
import { type Markup, markup } from './markup.ts';
import { type Column, type Row, spans, type Table } from './table-model.ts';

/** With its title above it, which stays where it is when a wide table is scrolled. Rows between two lines are a body of their own. */
export function htmlTable({ title, note, columns, rows }: Table, id: string): Markup {
  return markup`<p class="caption" id="${id}">${title}${note === undefined ? undefined : markup`<small>${note}</small>`}</p>
<div class="wide"><table aria-labelledby="${id}">
<thead>${columns.some((column) => column.group) ? groupRow(columns) : undefined}
<tr>${columns.map((column) => markup`<th scope="col" class="${column.align}">${column.head}</th>`)}</tr></thead>
${bodies(rows).map((body) => markup`<tbody>${body.map((row) => htmlRow(row, columns))}</tbody>`)}</table></div>`;
}

function bodies(rows: readonly Row[]): Row[][] {
  const found: Row[][] = [];
  for (const row of rows) {
    if (row.ruled || found.length === 0) found.push([row]);
    else found.at(-1)!.push(row);
  }
  return found;
}

function groupRow(columns: readonly Column[]): Markup {
  return markup`<tr class="groups">${spans(columns).map(({ group, count }) =>
    group === '' ? markup`<td></td>` : markup`<th scope="colgroup" colspan="${count}"><span>${group}</span></th>`,
  )}</tr>`;
}

function htmlRow({ cells, strong }: Row, columns: readonly Column[]): Markup {
  return markup`<tr${strong ? markup` class="strong"` : undefined}>${cells.map((cell, i) => htmlCell(cell, columns[i]!, i === 0))}</tr>
`;
}

function htmlCell(text: string, { align }: Column, head: boolean): Markup {
  return head ? markup`<th scope="row" class="${align}">${text}</th>` : markup`<td class="${align}">${text}</td>`;
}
