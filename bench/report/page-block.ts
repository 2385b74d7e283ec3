/** One workload in one size on the page: plots for the default and for the tuned peer side by side, and their tables. */
import type { Block } from '../results.ts';
import { figures, higherIsBetter, type Measure, median, sampleRatios, spread } from '../statistics.ts';
import { type Metric, SUBJECT, type Target, targetOf } from '../targets.ts';
import { blockSize, blockTable } from './block-table.ts';
import { aligned, capital, fixed, ratio } from './format.ts';
import { htmlTable } from './html-table.ts';
import { type Markup, markup } from './markup.ts';
import { contestantLabel, contestantsOf, countsLatency, peerName, sizedName, workloadText } from './names.ts';
import { cpuPlot } from './plot/cpu-plot.ts';
import { type DotRow, dotPlot } from './plot/dot-plot.ts';
import { latencyScale, linearScale, logScale, type Scale } from './plot/scale.ts';
import { boundText } from './target-table.ts';

/** What ours is divided by in the plots of ratios. */
const COMPARED = ['limit', 'beam', 'ei', 'node-net', 'against'];

/** @param blocks - of one workload and size, one for each peer */
export function pageBlocks(blocks: readonly Block[]): Markup {
  const [block] = blocks as [Block];
  const { title, about } = workloadText(block.workload);
  const name = sizedName(block.workload, block.bytes);
  return markup`<section class="block" id="${idOf(name)}">
<h2><span>${name}</span> ${title}</h2>
<p class="text">${about} ${capital(blockSize(block))}.</p>
<p class="finding">${blocks.map(finding)}</p>
${countsLatency(block.workload) ? [latencyPlots(blocks, 'p50'), latencyPlots(blocks, 'p99')] : ratePlots(blocks)}
${ratioPlots(blocks)}
${cpuPlots(blocks)}
${blocks.map((one) => htmlTable(blockTable(one), idOf(`${name} ${one.peer} table`)))}
</section>`;
}

/** The anchor of a section. */
export function idOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}

/** What it comes to, for one peer. */
function finding(block: Block): Markup | undefined {
  const ours = block.contestants[SUBJECT] ?? [];
  const latency = countsLatency(block.workload);
  const where = spread(figures(ours, latency ? 'p50' : 'rate'));
  if (where === undefined) return undefined;
  const { unit } = workloadText(block.workload);
  const value = latency ? `${fixed(where.median, 0)} µs (median)` : `${aligned([where.median / 1000])[0]} k ${unit}/s`;
  const measure = ratioMeasures(block)[0]!;
  const compared = COMPARED.filter((control) => control !== 'node-net').flatMap((control) => {
    const found = spread(sampleRatios(ours, block.contestants[control] ?? [], measure));
    return found ? [`${ratio(found.median)}\u00a0×\u00a0${contestantLabel(control)}`] : [];
  });
  const what = compared.length === 0 ? '' : `; ${measure} is ${compared.join(', ')}`;
  return markup`<span><b>${capital(peerName(block.peer))}:</b> ${value}${what}.</span> `;
}

/** What ours is compared by: the latency of ping-pong, and the rate of all else. */
function ratioMeasures({ workload }: Block): ('rate' | 'p50' | 'p99')[] {
  return workload === 'w3' ? ['p50', 'p99'] : ['rate'];
}

/** A head, and a plot for each peer. */
function pair(title: string, about: string, plots: readonly { peer: string; plot: Markup }[]): Markup {
  return markup`<div class="measure"><h3>${title} <small>${about}</small></h3><div class="pair">${plots.map(
    ({ peer, plot }) => markup`<figure><figcaption>${peer}</figcaption>${plot}</figure>`,
  )}</div></div>`;
}

function caption(block: Block, kind: string, description: string) {
  const name = sizedName(block.workload, block.bytes);
  return {
    id: idOf(`${name} ${block.peer} ${kind}`),
    title: `${name}, ${peerName(block.peer)}: ${kind}`,
    description: `${description} The table below has the figures.`,
  };
}

function valuePlots(
  blocks: readonly Block[],
  measure: Measure,
  factor: number,
  scaleOf: (values: number[]) => Scale,
  head: { title: string; about: string },
): Markup {
  const rowsOf = (block: Block): DotRow[] => {
    const names = contestantsOf(block);
    const values = names.map((name) => figures(block.contestants[name]!, measure).map((value) => value * factor));
    const medians = values.map((list) => (list.length === 0 ? undefined : median(list)));
    const shown = aligned(medians);
    return names.map((name, i) => ({
      label: contestantLabel(name),
      strong: name === SUBJECT,
      values: values[i]!,
      shown: shown[i]!,
    }));
  };
  const all = blocks.map((block) => ({ block, rows: rowsOf(block) }));
  const scale = scaleOf(all.flatMap(({ rows }) => rows.flatMap((row) => row.values)));
  return pair(
    head.title,
    head.about,
    all.map(({ block, rows }) => ({
      peer: capital(peerName(block.peer)),
      plot: dotPlot(caption(block, head.title.toLowerCase(), `${head.about}. ${spoken(rows)}`), rows, scale),
    })),
  );
}

/** The medians as a sentence. */
function spoken(rows: readonly { label: string; shown: string }[]): string {
  return `Medians: ${rows.map(({ label, shown }) => `${label} ${shown}`).join(', ')}.`;
}

function ratePlots(blocks: readonly Block[]): Markup {
  const { unit } = workloadText(blocks[0]!.workload);
  return valuePlots(blocks, 'rate', 1 / 1000, linearScale, {
    title: 'Rate',
    about: `thousand ${unit} per second; more is better`,
  });
}

function latencyPlots(blocks: readonly Block[], measure: 'p50' | 'p99'): Markup {
  const { unit } = workloadText(blocks[0]!.workload);
  return valuePlots(blocks, measure, 1, latencyScale, {
    title: measure === 'p50' ? 'Median latency' : '99th percentile of latency',
    about: `${measure} of the ${unit} of a round, µs; less is better`,
  });
}

function ratioPlots(blocks: readonly Block[]): Markup | undefined {
  const all = blocks.map((block) => ({ block, rows: ratioRows(block) }));
  const values = all.flatMap(({ rows }) =>
    rows.flatMap((row) => [...row.values, ...(row.bound ? [row.bound.value] : [])]),
  );
  if (values.length === 0) return undefined;
  const scale = logScale([...values, 1]);
  const faster = ratioMeasures(blocks[0]!).every(higherIsBetter) ? 'right' : 'left';
  const about = `paired by round; ${faster} of 1 hidden-node is better`;
  return pair(
    'Compared',
    about,
    all.map(({ block, rows }) => ({
      peer: capital(peerName(block.peer)),
      plot: dotPlot(caption(block, 'hidden-node compared', `${about}. ${spoken(rows)}`), rows, scale, 1),
    })),
  );
}

function ratioRows(block: Block): DotRow[] {
  return ratioMeasures(block).flatMap((measure) =>
    COMPARED.flatMap((control) => {
      const values = sampleRatios(block.contestants[SUBJECT] ?? [], block.contestants[control] ?? [], measure);
      if (values.length === 0) return [];
      const target = targetOf(block, measure, control);
      return [
        {
          label: `${measure} ÷ ${contestantLabel(control)}`,
          values,
          strong: true,
          shown: ratio(median(values)),
          ...boundOf(target, measure),
        },
      ];
    }),
  );
}

function boundOf(target: Target | undefined, metric: Metric): Pick<DotRow, 'bound' | 'note'> {
  const value = target?.must ?? target?.reach;
  if (target === undefined || value === undefined) return {};
  return {
    bound: { value, atLeast: higherIsBetter(metric) },
    note: `${target.must === undefined ? 'goal' : 'must'} ${boundText(target, value)}`,
  };
}

function cpuPlots(blocks: readonly Block[]): Markup {
  const one = workloadText(blocks[0]!.workload).unit.replace(/s$/, '');
  const plots = blocks.map((block) => {
    const rows = contestantsOf(block).map((name) => {
      const of = (measure: Measure) => median(figures(block.contestants[name]!, measure));
      return {
        label: contestantLabel(name),
        strong: name === SUBJECT,
        main: of('loopCpu'),
        all: of('cpu'),
        peer: of('peerCpu'),
      };
    });
    const text = rows.map(
      (row) => `${row.label} ${ratio(row.all)}, of it main thread ${ratio(row.main)}, peer ${ratio(row.peer)}`,
    );
    return {
      peer: capital(peerName(block.peer)),
      plot: cpuPlot(caption(block, 'CPU time', `Medians in µs per ${one}: ${text.join('; ')}.`), rows),
    };
  });
  return pair('CPU time', `µs per ${one}: left of the contestant, right of the peer; less is better`, plots);
}
