/** The codecs on the page: bars on a logarithmic axis for each term, and the table. */
import type { CodecRow } from '../results.ts';
import { median, pairedRatios, spread } from '../statistics.ts';
import { SUBJECT } from '../targets.ts';
import { codecTable, rowsOfTerm, termsOf } from './codec-table.ts';
import { NONE, ratio, significant } from './format.ts';
import { htmlTable } from './html-table.ts';
import { type Markup, markup } from './markup.ts';
import { aboutCodec, codecsInOrder, contestantLabel } from './names.ts';
import { type BarRow, barPlot } from './plot/bar-plot.ts';
import { decadeScale } from './plot/scale.ts';

export function pageCodec(rows: readonly CodecRow[]): Markup | undefined {
  if (rows.length === 0) return undefined;
  const codecs = codecsInOrder(rows.map((row) => row.codec)).flatMap((codec) => {
    const about = aboutCodec(codec);
    return about === undefined ? [] : [markup`<dt>${contestantLabel(codec)}</dt><dd>${about}</dd>`];
  });
  return markup`<section id="codec"><h2><span>codec</span> Terms to bytes and back</h2>
<p class="text">Nanoseconds for one term, medians of all rounds; less is better. The axis is logarithmic: from one line to the next it is ten times as long. At the right stands how many times as long as hidden-node it takes.</p>
<dl class="codecs">${codecs}</dl>
${termsOf(rows).map((term, i) => termPlots(rowsOfTerm(rows, term), term, i))}
${htmlTable(codecTable(rows), 'codec-table')}</section>`;
}

function termPlots(rows: CodecRow[], term: string, index: number): Markup {
  const all = rows.flatMap((row) => [row.encode, row.decode]).filter((list) => list.length > 0);
  const scale = decadeScale(all.map(median));
  const plot = (way: 'encode' | 'decode') => {
    const bars = barsOf(rows, way);
    const text = bars.map(({ label, shown }) => `${label} ${shown}`).join(', ');
    const caption = {
      id: `codec-${index}-${way}`,
      title: `${term}: ${way}`,
      description: `Nanoseconds per term: ${text}. The table below has the figures.`,
    };
    return barPlot(caption, bars, scale);
  };
  return markup`<div class="measure"><h3>${term} <small>ns per term</small></h3><div class="pair">
<figure><figcaption>Encode</figcaption>${plot('encode')}</figure><figure><figcaption>Decode</figcaption>${plot('decode')}</figure></div></div>`;
}

function barsOf(rows: readonly CodecRow[], way: 'encode' | 'decode'): BarRow[] {
  const ours = rows.find((row) => row.codec === SUBJECT)?.[way] ?? [];
  return rows.map((row) => {
    const value = spread(row[way])?.median;
    const times = spread(pairedRatios(row[way], ours))?.median;
    return {
      label: contestantLabel(row.codec),
      strong: row.codec === SUBJECT,
      value,
      shown: value === undefined ? NONE : significant(value),
      note: times === undefined || row.codec === SUBJECT ? '' : `${ratio(times)} ×`,
    };
  });
}
