/** A row for each contestant or control, a dot for each round, and a stroke at the median. */

import { spread } from '../../statistics.ts';
import { type Markup, markup } from '../markup.ts';
import { type Area, across, areaFor, axis, type Caption, drawing, middle, names, WIDTH } from './frame.ts';
import type { Scale } from './scale.ts';

export interface DotRow {
  label: string;
  strong?: boolean;
  /** In the order of the rounds. */
  values: number[];
  /** The median as it is written at the right. */
  shown: string;
  /** What is written below that. */
  note?: string;
  /** The target: which side of it falls short is hatched. */
  bound?: { value: number; atLeast: boolean };
}

const ROW = 25;
const ROW_WITH_NOTE = 36;
const RIGHT = 54;
const RIGHT_WITH_NOTE = 88;

/** How far the dots of one row go up and down from its middle: the first round is at the top. */
const SWAY = 6;

/** @param reference - the value that others are compared with, which must be a tick of the scale */
export function dotPlot(caption: Caption, rows: readonly DotRow[], scale: Scale, reference?: number): Markup {
  const noted = rows.some((row) => row.note !== undefined);
  const area = areaFor(rows, noted ? ROW_WITH_NOTE : ROW, noted ? RIGHT_WITH_NOTE : RIGHT);
  return drawing(caption, area, [
    rows.map((row, i) => shortfall(area, scale, row, i)),
    axis(area, scale, reference),
    names(area, rows),
    rows.map((row, i) => dots(area, scale, row, i)),
    rows.map((row, i) => figures(area, row, i)),
  ]);
}

function shortfall(area: Area, scale: Scale, { bound }: DotRow, i: number): Markup | undefined {
  if (bound === undefined) return undefined;
  const at = across(area, scale, bound.value);
  const [from, to] = bound.atLeast ? [area.left, at] : [at, area.right];
  const y = area.top + i * area.rowHeight + 3;
  const height = area.rowHeight - 6;
  return markup`<rect class="short" x="${from}" y="${y}" width="${to - from}" height="${height}"/><line class="bound" x1="${at}" x2="${at}" y1="${y}" y2="${y + height}"/>`;
}

function dots(area: Area, scale: Scale, { values, strong }: DotRow, i: number): Markup | undefined {
  const where = spread(values);
  if (where === undefined) return undefined;
  const y = middle(area, i);
  const x = (value: number) => across(area, scale, value);
  const step = values.length > 1 ? (2 * SWAY) / (values.length - 1) : 0;
  const first = values.length > 1 ? y - SWAY : y;
  return markup`<g class="${strong ? 'row strong' : 'row'}">
<rect class="box" x="${x(where.lower)}" y="${y - 9}" width="${x(where.upper) - x(where.lower)}" height="18"/>
${values.map((value, round) => markup`<circle cx="${x(value)}" cy="${first + round * step}" r="2.6"/>`)}
<line class="median" x1="${x(where.median)}" x2="${x(where.median)}" y1="${y - 10}" y2="${y + 10}"/></g>`;
}

function figures(area: Area, { shown, note, strong }: DotRow, i: number): Markup {
  const y = middle(area, i) + (note === undefined ? 4 : -2);
  return markup`<text class="${strong ? 'value strong' : 'value'}" x="${WIDTH}" y="${y}">${shown}</text>${
    note === undefined ? undefined : markup`<text class="note" x="${WIDTH}" y="${y + 14}">${note}</text>`
  }`;
}
