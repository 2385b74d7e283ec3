/**
 * Measures the codecs alone: `node build/bench/bench/codec/main.js [rounds]`. Prints nanoseconds per term, encode/decode, and
 * what hidden-node takes as a share of what others take.
 */
import type { CodecRow } from '../results.ts';
import { median } from '../statistics.ts';
import { codecRatios, NATIVE_CODEC, SUBJECT } from '../targets.ts';
import { measureCodecs } from './measure.ts';

const rounds = Number(process.argv[2] ?? 7);
const rows = await measureCodecs(rounds, (line) => console.error(line));
const codecs = [...new Set(rows.map(({ codec }) => codec))];

function pair(encode: number[], decode: number[], digits: number): string {
  return encode.length === 0 ? '-' : `${median(encode).toFixed(digits)}/${median(decode).toFixed(digits)}`;
}

function ratios(term: string, other: string): string {
  return pair(codecRatios(rows, term, SUBJECT, other, 'encode'), codecRatios(rows, term, SUBJECT, other, 'decode'), 2);
}

function print(cells: string[]): void {
  console.log(cells.map((text) => text.padStart(19)).join(''));
}

const others = [NATIVE_CODEC, 'msgpackr', 'msgpackr structures'];
print(['', ...codecs, ...others.map((other) => `: ${other}`.slice(0, 18))]);
for (const term of new Set(rows.map((row) => row.term))) {
  const figures = rows
    .filter((row) => row.term === term)
    .map(({ encode, decode }: CodecRow) => pair(encode, decode, 0));
  print([term, ...figures, ...others.map((other) => ratios(term, other))]);
}
