/** The table of one block: a row per contestant, with rates or latencies, paired ratios, and CPU time per message. */
import type { Block, Sample } from '../results.ts';
import { figures, type Measure, median, type Spread, sampleRatios, spread } from '../statistics.ts';
import { SUBJECT } from '../targets.ts';
import { aligned, fixed, plural, range, ratio } from './format.ts';
import {
  byteSize,
  contestantLabel,
  contestantsOf,
  controlsOf,
  countsLatency,
  peerName,
  sizedName,
  workloadText,
} from './names.ts';
import { type Column, numbers, type Table } from './table-model.ts';

/** Columns with, for each, a cell per contestant. */
interface Part {
  columns: Column[];
  cells: string[][];
}

/** All that was measured in a block. */
export function blockTable(block: Block): Table {
  const names = contestantsOf(block);
  const parts = countsLatency(block.workload) ? latencyParts(block, names) : rateParts(block, names);
  const all = [...parts, cpuPart(block, names)];
  return {
    title: blockTitle(block),
    columns: [{ head: 'contestant', align: 'left' }, ...all.flatMap((part) => part.columns)],
    rows: names.map((name, i) => ({
      cells: [contestantLabel(name), ...all.flatMap((part) => part.cells.map((column) => column[i]!))],
      strong: name === SUBJECT,
    })),
  };
}

/** `W1 1 KiB, messages out, default peer: 100,000 messages, 7 rounds`. */
export function blockTitle(block: Block): string {
  const { title } = workloadText(block.workload);
  return `${sizedName(block.workload, block.bytes)}, ${title.toLowerCase()}, ${peerName(block.peer)}: ${blockSize(block)}`;
}

/** `100,000 messages of 1 KiB, 7 rounds`. */
export function blockSize(block: Block): string {
  const samples = contestantsOf(block).map((name) => block.contestants[name]!);
  const count = median(samples.flat().map((sample) => sample.count));
  const rounds = Math.max(0, ...samples.map((list) => list.length));
  const { unit } = workloadText(block.workload);
  const size =
    sizedName(block.workload, block.bytes) === sizedName(block.workload, undefined)
      ? ''
      : ` of ${byteSize(block.bytes)}`;
  return `${Number.isNaN(count) ? 'no' : fixed(count, 0)} ${unit}${size}, ${plural(rounds, 'round')}`;
}

function rateParts(block: Block, names: string[]): Part[] {
  const { unit } = workloadText(block.workload);
  const parts = [spreadPart(block, names, 'rate', `k ${unit}/s`, 1 / 1000)];
  if (block.bytes >= 1024) {
    const [values] = spreadPart(block, names, 'rate', 'MB/s', block.bytes / 1e6).cells;
    parts.push({ columns: numbers('MB/s', 'median'), cells: [values!] });
  }
  return [...parts, ratioPart(block, names, 'rate')];
}

function latencyParts(block: Block, names: string[]): Part[] {
  const { unit } = workloadText(block.workload);
  const rates = spreadPart(block, names, 'rate', `${unit}/s`, 1);
  return [
    spreadPart(block, names, 'p50', 'p50, µs', 1),
    spreadPart(block, names, 'p99', 'p99, µs', 1),
    { columns: rates.columns.slice(0, 1), cells: rates.cells.slice(0, 1) },
    ratioPart(block, names, 'p50'),
    ratioPart(block, names, 'p99'),
    ratioPart(block, names, 'rate'),
  ];
}

function samplesOf(block: Block, name: string): Sample[] {
  return block.contestants[name] ?? [];
}

/** Median, and least to most. */
function spreadPart(block: Block, names: string[], measure: Measure, group: string, factor: number): Part {
  const found: (Spread | undefined)[] = names.map((name) =>
    spread(figures(samplesOf(block, name), measure).map((value) => value * factor)),
  );
  const medians = aligned(found.map((where) => where?.median));
  const ends = aligned([...found.map((where) => where?.min), ...found.map((where) => where?.max)]);
  const ranges = found.map((where, i) => (where === undefined ? '' : range(ends[i]!, ends[i + found.length]!)));
  return { columns: numbers(group, 'median', 'min–max'), cells: [medians, ranges] };
}

/** The medians of the paired ratios to each control. */
function ratioPart(block: Block, names: string[], measure: 'rate' | 'p50' | 'p99'): Part {
  const controls = controlsOf(block);
  return {
    columns: numbers(`${measure} ÷`, ...controls.map(contestantLabel)),
    cells: controls.map((control) =>
      names.map((name) =>
        ratio(spread(sampleRatios(samplesOf(block, name), samplesOf(block, control), measure))?.median),
      ),
    ),
  };
}

function cpuPart(block: Block, names: string[]): Part {
  const measures: Measure[] = ['cpu', 'loopCpu', 'peerCpu'];
  const cells = aligned(
    measures.flatMap((measure) => names.map((name) => spread(figures(samplesOf(block, name), measure))?.median)),
  );
  return {
    columns: numbers('CPU, µs each', 'all', 'main', 'peer'),
    cells: measures.map((_, column) => cells.slice(column * names.length, (column + 1) * names.length)),
  };
}
