/** CPU time per message: at the left the contestant's, of which the main thread's is solid, and at the right the peer's. */
import { median } from '../../statistics.ts';
import { aligned } from '../format.ts';
import { type Markup, markup } from '../markup.ts';
import { type Area, areaFor, type Caption, drawing, middle, names, WIDTH } from './frame.ts';

export interface CpuRow {
  label: string;
  strong?: boolean;
  /** In microseconds per message: the main thread, all threads, and the peer. */
  main: number;
  all: number;
  peer: number;
}

const ROW = 21;
const BAR = 11;
/** Room for the figure behind a bar. */
const FIGURE = 46;
const BETWEEN = 14;
const HEADS = 20;

/** Longer bars are broken off: one slow contestant must not make the others too short to see. */
const LONGEST = 3;

export function cpuPlot(caption: Caption, rows: readonly CpuRow[]): Markup {
  const area = areaFor(rows, ROW, 0, HEADS);
  const width = (WIDTH - area.left - BETWEEN) / 2 - FIGURE;
  const right = area.left + width + FIGURE + BETWEEN;
  const all = rows.flatMap((row) => [row.all, row.peer]);
  const full = Math.min(Math.max(...all), LONGEST * median(all)) || 1;
  const long = (value: number) => (Math.min(value, full) / full) * width;
  const own = aligned(rows.map((row) => row.all));
  const peers = aligned(rows.map((row) => row.peer));
  return drawing(caption, area, [
    head(area.left),
    markup`<text class="head" x="${right}" y="12">the peer</text>`,
    names(area, rows),
    rows.map((row, i) => {
      const y = middle(area, i) - BAR / 2;
      const kind = row.strong ? 'bar strong' : 'bar';
      return markup`<g class="${kind}"><rect class="other" x="${area.left}" y="${y}" width="${long(row.all)}" height="${BAR}"/>
<rect class="main" x="${area.left}" y="${y}" width="${long(Math.min(row.main, row.all))}" height="${BAR}"/>
<rect class="peer" x="${right}" y="${y}" width="${long(row.peer)}" height="${BAR}"/>
${[row.all > full ? broken(area.left + width, y) : undefined, row.peer > full ? broken(right + width, y) : undefined]}
${figure(area, i, area.left + long(row.all), own[i]!, row.strong)}${figure(area, i, right + long(row.peer), peers[i]!, row.strong)}</g>`;
    }),
    markup`<line class="base" x1="${area.left}" x2="${area.left}" y1="${area.top}" y2="${area.bottom}"/><line class="base" x1="${right}" x2="${right}" y1="${area.top}" y2="${area.bottom}"/>`,
  ]);
}

/** Names the two parts of a bar where they are. */
function head(x: number): Markup {
  return markup`<g class="bar"><rect class="main" x="${x}" y="4" width="9" height="9"/><text class="head" x="${x + 13}" y="12">main thread</text>
<rect class="other" x="${x + 84}" y="4" width="9" height="9"/><text class="head" x="${x + 97}" y="12">others</text></g>`;
}

/** Two slanted lines through the end of a bar. */
function broken(x: number, y: number): Markup {
  return markup`<path class="broken" d="M${x - 9} ${y + BAR + 2}l4 -${BAR + 4}M${x - 5} ${y + BAR + 2}l4 -${BAR + 4}"/>`;
}

function figure(area: Area, row: number, x: number, text: string, strong: boolean | undefined): Markup {
  return markup`<text class="${strong ? 'after strong' : 'after'}" x="${x + 5}" y="${middle(area, row) + 4}">${text}</text>`;
}
