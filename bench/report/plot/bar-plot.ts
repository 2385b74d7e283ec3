/** Bars on a logarithmic axis, for figures that lie far apart. */
import { type Markup, markup } from '../markup.ts';
import { across, areaFor, axis, type Caption, drawing, middle, names, WIDTH } from './frame.ts';
import type { Scale } from './scale.ts';

export interface BarRow {
  label: string;
  strong?: boolean;
  /** Nothing: there is no bar. */
  value: number | undefined;
  /** The value as it is written. */
  shown: string;
  /** What is written behind it. */
  note: string;
}

const ROW = 20;
const BAR = 10;
const RIGHT = 112;
const NOTE = 56;

export function barPlot(caption: Caption, rows: readonly BarRow[], scale: Scale): Markup {
  const area = areaFor(rows, ROW, RIGHT);
  return drawing(caption, area, [
    axis(area, scale),
    names(area, rows),
    rows.map(({ value, shown, note, strong }, i) => {
      const y = middle(area, i);
      const bar =
        value !== undefined &&
        markup`<rect class="main" x="${area.left}" y="${y - BAR / 2}" width="${across(area, scale, value) - area.left}" height="${BAR}"/>`;
      return markup`<g class="${strong ? 'bar strong' : 'bar'}">${bar || undefined}<text class="${strong ? 'value strong' : 'value'}" x="${WIDTH - NOTE}" y="${y + 4}">${shown}</text><text class="note" x="${WIDTH}" y="${y + 4}">${note}</text></g>`;
    }),
  ]);
}
