/** What all plots share: rows with a name at the left, an area with an axis below it, and room at the right. */
import { type Markup, markup, type Piece } from '../markup.ts';
import type { Scale } from './scale.ts';

/** Every plot is drawn this wide; the page scales it. */
export const WIDTH = 440;

/** Above the first row. */
const TOP = 4;

/** Below the last row, for the axis. */
const AXIS = 22;

/** The average width of a character in the font of the plots. */
const CHARACTER = 6.6;

/** What is read out in place of a plot. */
export interface Caption {
  /** Unique on the page. */
  id: string;
  title: string;
  description: string;
}

export interface RowName {
  label: string;
  strong?: boolean;
}

/** Where things are. Rows follow each other from `top` to `bottom`, values lie between `left` and `right`. */
export interface Area {
  left: number;
  right: number;
  top: number;
  bottom: number;
  rowHeight: number;
}

/**
 * @param names - of the rows; the longest makes the room at the left
 * @param right - the room at the right
 * @param above - room for heads above the first row
 */
export function areaFor(names: readonly RowName[], rowHeight: number, right: number, above = 0): Area {
  const longest = Math.max(0, ...names.map(({ label }) => label.length));
  const top = TOP + above;
  return {
    left: Math.max(84, longest * CHARACTER + 12),
    right: WIDTH - right,
    top,
    bottom: top + names.length * rowHeight,
    rowHeight,
  };
}

/** The middle of a row. */
export function middle(area: Area, row: number): number {
  return area.top + (row + 0.5) * area.rowHeight;
}

/** Where a value stands. */
export function across(area: Area, scale: Scale, value: number): number {
  return area.left + scale.place(value) * (area.right - area.left);
}

/** A whole plot. */
export function drawing({ id, title, description }: Caption, area: Area, body: Piece): Markup {
  const height = area.bottom + AXIS;
  return markup`<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="${id}-t ${id}-d">
<title id="${id}-t">${title}</title><desc id="${id}-d">${description}</desc>
${body}
</svg>`;
}

/** The lines of the axis and what is written below them; the value that others are compared with has a stronger line. */
export function axis(area: Area, scale: Scale, reference?: number): Markup {
  const lines = scale.ticks.map(({ value, label }) => {
    const x = across(area, scale, value);
    const kind = value === reference ? 'line reference' : 'line';
    return markup`<line class="${kind}" x1="${x}" x2="${x}" y1="${area.top}" y2="${area.bottom}"/><text class="tick" x="${x}" y="${area.bottom + 15}">${label}</text>`;
  });
  return markup`<g>${lines}</g>`;
}

/** The names at the left. If all of them are strong, none is. */
export function names(area: Area, rows: readonly RowName[]): Markup[] {
  const all = rows.every((row) => row.strong);
  return rows.map(
    ({ label, strong }, i) =>
      markup`<text class="${strong && !all ? 'name strong' : 'name'}" x="0" y="${middle(area, i) + 4}">${label}</text>`,
  );
}
