/** A small plot in a line of the table of targets: how far from its bound a target was met or missed, on one axis for all of them. */
import type { Spread } from '../../statistics.ts';
import type { Outcome } from '../../targets.ts';
import { type Markup, markup } from '../markup.ts';

const WIDTH = 168;
const HEIGHT = 18;
/** The bound is in the middle, and its ends are twice as good, and half as good. */
const BOUND = WIDTH / 2;
const OCTAVE = WIDTH / 2 - 4;

export interface Strip {
  measured: Spread;
  bound: number;
  /** The goal, if there is one beside the bound. */
  reach: number | undefined;
  /** Of a rate; of a time, less is better. */
  higherIsBetter: boolean;
  /** Missing a goal alone is no failure. */
  outcome: Outcome | undefined;
}

/** Better is to the right. The table says the same in figures, so this is not read out. */
export function strip({ measured, bound, reach, higherIsBetter, outcome }: Strip): Markup {
  const x = (value: number) => {
    const better = Math.log2(higherIsBetter ? value / bound : bound / value);
    return Math.min(WIDTH, Math.max(0, BOUND + better * OCTAVE));
  };
  const ends = [x(measured.lower), x(measured.upper)].sort((a, b) => a - b);
  const at = x(measured.median);
  const goal = reach === undefined || reach === bound ? undefined : x(reach);
  return markup`<svg class="strip" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" aria-hidden="true">
<rect class="short" x="0" y="1" width="${BOUND}" height="${HEIGHT - 2}"/><line class="base" x1="${BOUND}" x2="${BOUND}" y1="0" y2="${HEIGHT}"/>
${goal === undefined ? undefined : markup`<line class="goal" x1="${goal}" x2="${goal}" y1="1" y2="${HEIGHT - 1}"/>`}
<g class="${outcome === 'missed' ? 'row missed' : outcome === 'met' ? 'row strong' : 'row'}"><rect class="box" x="${ends[0]!}" y="4" width="${ends[1]! - ends[0]!}" height="10"/>${at === 0 || at === WIDTH ? beyond(at) : markup`<line class="median" x1="${at}" x2="${at}" y1="2" y2="16"/>`}</g></svg>`;
}

/** An arrow at one end: the median is farther out. */
function beyond(end: number): Markup {
  const back = end === 0 ? 8 : end - 8;
  return markup`<path d="M${end} ${HEIGHT / 2}L${back} 3V15Z"/>`;
}
