/** What the benchmark suite writes: tables, a page, and a file that it reads again. The samples are made up. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { aligned, dateText, percent, ratio, significant } from '../../bench/report/format.ts';
import { loadResults, saveResults, writeHtml, writeMarkdown, writeTable } from '../../bench/report/index.ts';
import { parseResults } from '../../bench/report/json.ts';
import { markup } from '../../bench/report/markup.ts';
import { decadeScale, linearScale, logScale } from '../../bench/report/plot/scale.ts';
import { type Block, PEERS, type Results, type Sample, WORKLOADS } from '../../bench/results.ts';

const NAMES = ['jinterface', 'limit', 'ei', 'beam', 'node-net', 'hidden-node'];
const ROUNDS = 7;

function samples(name: string): Sample[] {
  const slower = 1 + NAMES.indexOf(name) / 10;
  return Array.from({ length: ROUNDS }, (_, round) => {
    const elapsed = 1_000_000 * slower + round * 10_000;
    return {
      count: 1_000_000,
      elapsed,
      cpu: 500_000,
      loopCpu: 400_000,
      peerCpu: 900_000,
      p50: elapsed / 12_345,
      p99: elapsed / 5432,
    };
  });
}

function block(workload: Block['workload'], bytes: number, peer: Block['peer']): Block {
  const names = workload === 'w3' || workload === 'rpc1' ? NAMES.filter((name) => name !== 'limit') : NAMES;
  return { workload, bytes, peer, contestants: Object.fromEntries(names.map((name) => [name, samples(name)])) };
}

const RESULTS: Results = {
  command: 'npm run bench -- --rounds 7 <all>',
  date: '2025-11-20T16:02:11.000Z',
  commit: 'abc1234',
  machine: { processor: '2 x made up & fast', node: 'v20' },
  rounds: ROUNDS,
  blocks: PEERS.flatMap((peer) => [
    ...WORKLOADS.map((workload) => block(workload, 11, peer)),
    block('w1', 65536, peer),
    block('w2', 65536, peer),
  ]),
  codec: ['hidden-node', 'native', 'msgpackr', 'erlpack'].map((codec, i) => ({
    term: 'W1 <tuple>',
    codec,
    encode: codec === 'erlpack' ? [] : [100 * (i + 1), 101 * (i + 1)],
    decode: codec === 'erlpack' ? [] : [200 * (i + 1), 201 * (i + 1)],
  })),
};

const EMPTY: Results = { ...RESULTS, rounds: 1, blocks: [], codec: [] };

/** What can be left when a run was short, or contestants could not do something. */
const SCANT: Results = {
  ...RESULTS,
  rounds: 1,
  blocks: [
    {
      workload: 'w1',
      bytes: 11,
      peer: 'tuned',
      contestants: { 'hidden-node': samples('hidden-node').slice(0, 1), ei: [] },
    },
    { workload: 'w3', bytes: 11, peer: 'default', contestants: { ei: samples('ei') } },
    { workload: 'w2', bytes: 11, peer: 'default', contestants: {} },
    { workload: 'w4', bytes: 11, peer: 'default', contestants: { 'some other': samples('ei') } },
    {
      workload: 'rpc1',
      bytes: 0,
      peer: 'default',
      contestants: { 'hidden-node': samples('ei').map(({ p50: _, p99: __, ...rest }) => rest) },
    },
  ],
  codec: [{ term: 'map', codec: 'native', encode: [], decode: [] }],
};

const folder = mkdtempSync(join(tmpdir(), 'hidden-node-bench-report-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the text', () => {
  const text = writeTable(RESULTS);

  test('is at most 120 columns wide', () => {
    const tables = text.split('\n').slice(4);
    expect(Math.max(...tables.map((line) => line.length))).toBeLessThanOrEqual(120);
  });

  test('shows ours first, with rate, range, and ratios to BEAM, ei and limit', () => {
    const lines = text.slice(text.indexOf('W1 11 B, messages out, default peer')).split('\n');
    const [ours] = lines.filter((line) => line.startsWith('hidden-node'));
    expect(ours).toMatch(/^hidden-node +654 +641–667 +0\.87 +0\.80 +0\.74 +0\.50 +0\.40 +0\.90$/);
    expect(lines.findIndex((line) => line.startsWith('hidden-node'))).toBeLessThan(
      lines.findIndex((line) => line.startsWith('BEAM')),
    );
  });

  test('has MB/s for large messages only', () => {
    expect(text.match(/MB\/s/g)).toHaveLength(4);
  });

  test('says what each target comes to', () => {
    expect(text).toMatch(/W1 11 B +default peer +rate ÷ limit’s +≥ 0\.90 +≥ 0\.97 +0\.74 +0\.74–0\.74 +missed by 18 %/);
    expect(text).toMatch(/W1 11 B +default peer +loop CPU, µs per message +≤ 0\.50 +0\.40 +0\.40–0\.40 +met/);
    expect(text).toMatch(/W1 1 KiB +tuned peer +rate ÷ limit’s .* not measured/);
    expect(text).toMatch(/codec +W1 <tuple> +encoding ÷ msgpackr’s +≤ 1\.00 +0\.33 +0\.33–0\.33 +goal reached/);
  });

  test('says so when there were too few rounds', () => {
    expect(text).not.toContain('targets need');
    expect(writeTable(EMPTY)).toContain('Only 1 round: targets need 7.');
  });
});

test('the Markdown is a table with as many cells in each line', () => {
  const lines = writeMarkdown(RESULTS)
    .split('\n')
    .filter((line) => line.startsWith('|'));
  expect(lines.length).toBeGreaterThan(20);
  expect(new Set(lines.map((line) => line.split('|').length))).toEqual(new Set([10]));
});

describe('the page', () => {
  const page = writeHtml(RESULTS);

  test('needs nothing from elsewhere, and no script', () => {
    expect(page).not.toMatch(/<script|<link|<img|@import|https?:|url\((?!#)/);
  });

  test('escapes what it shows', () => {
    expect(page).toContain('W1 &#60;tuple&#62;');
    expect(page).not.toContain('<tuple>');
    expect(page).toContain('made up &#38; fast');
  });

  test('closes every element that it opens', () => {
    const open: string[] = [];
    for (const [, end, name, self] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*?(\/?)>/gi)) {
      if (name === 'meta' || self) continue;
      if (end) expect(open.pop()).toBe(name);
      else open.push(name!);
    }
    expect(open).toEqual([]);
  });

  test('has a title and a description for each plot, found by ids that are there once', () => {
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!);
    expect(new Set(ids).size).toBe(ids.length);
    const named = [...page.matchAll(/aria-labelledby="([^"]+)"/g)].flatMap(([, list]) => list!.split(' '));
    expect(named.length).toBeGreaterThan(50);
    for (const id of named) expect(ids).toContain(id);
  });

  test('has a dot for each round, and no coordinate that is no number', () => {
    const id = page.indexOf('id="w1-11-b-default-rate-t"');
    const plot = page.slice(id, page.indexOf('</svg>', id));
    expect(plot.match(/<circle/g)).toHaveLength(NAMES.length * ROUNDS);
    expect(page).not.toMatch(/NaN|Infinity|undefined/);
  });
});

test.each([
  ['empty', EMPTY],
  ['scant', SCANT],
])('%s results can be shown', (_, results) => {
  for (const text of [writeTable(results), writeMarkdown(results), writeHtml(results)]) {
    expect(text).not.toMatch(/NaN|Infinity|undefined/);
    expect(text).toContain('not measured');
  }
});

describe('the file', () => {
  test('is read as it was written', () => {
    const file = join(folder, 'results.json');
    saveResults(file, RESULTS);
    expect(loadResults(file)).toEqual(RESULTS);
  });

  test.each<[string, (results: ReturnType<typeof structuredClone<Results>>) => unknown, RegExp]>([
    ['no object', () => [], /results must be an object/],
    ['no blocks', (results) => ({ ...results, blocks: undefined }), /blocks must be a list/],
    [
      'a workload that is not known',
      (results) => Object.assign(results.blocks[1]!, { workload: 'w9' }) && results,
      /blocks\[1\]\.workload must be one of w1/,
    ],
    [
      'a figure that is text',
      (results) => Object.assign(results.blocks[0]!.contestants.ei![2]!, { cpu: '1' }) && results,
      /blocks\[0\]\.contestants\.ei\[2\]\.cpu must be a number from 0, but is "1"/,
    ],
    [
      'a time below 0',
      (results) => Object.assign(results.blocks[0]!.contestants.ei![2]!, { peerCpu: -1 }) && results,
      /peerCpu must be a number from 0, but is -1/,
    ],
    [
      'no time at all',
      (results) => Object.assign(results.blocks[0]!.contestants.ei![2]!, { elapsed: 0 }) && results,
      /elapsed must be a number above 0/,
    ],
    [
      'a figure that was infinite',
      (results) => Object.assign(results.codec[0]!, { encode: [null] }) && results,
      /codec\[0\]\.encode\[0\] must be a number/,
    ],
  ])('with %s is refused', (_, change, message) => {
    expect(() => parseResults(change(structuredClone(RESULTS)))).toThrow(message);
  });

  test('that is cut short is refused with its name', () => {
    const file = join(folder, 'short.json');
    writeFileSync(file, JSON.stringify(RESULTS).slice(0, 500));
    expect(() => loadResults(file)).toThrow(file);
  });
});

describe('numbers', () => {
  test('have three significant digits, and commas', () => {
    expect([0.4567, 4.567, 45.67, 456.7, 4567.8].map(significant)).toEqual(['0.46', '4.57', '45.7', '457', '4,568']);
    expect([0.904, 9.996, 99.97, 1234].map(ratio)).toEqual(['0.90', '10.0', '100', '1,234']);
    expect([0.0123, 0.0999, 1.25].map(percent)).toEqual(['1.2 %', '10 %', '125 %']);
  });

  test('of a column have as many decimals as each other', () => {
    expect(aligned([0.5, undefined, 7.123, 14.8])).toEqual(['0.50', '–', '7.12', '14.80']);
  });

  test('of a date are in UTC', () => {
    expect(dateText('2025-11-20T23:02:11+02:00')).toBe('20 November 2025, 21:02 UTC');
    expect(dateText('yesterday')).toBe('yesterday');
  });
});

describe('scales', () => {
  const labels = ({ ticks }: { ticks: { label: string }[] }) => ticks.map(({ label }) => label);

  test('begin at 0 when linear', () => {
    expect(labels(linearScale([721, 1158]))).toEqual(['0', '200', '400', '600', '800', '1,000', '1,200']);
    expect(labels(linearScale([0.9]))).toEqual(['0', '0.2', '0.4', '0.6', '0.8']);
    expect(linearScale([100]).place(0)).toBe(0);
    expect(linearScale([100]).place(1e9)).toBe(1);
  });

  test('of ratios have few ticks, whatever the range', () => {
    for (const values of [
      [0.98, 1.02],
      [0.5, 1, 2],
      [0.9, 5],
      [0.01, 1, 300],
    ]) {
      const { ticks, place } = logScale(values);
      expect(ticks.length).toBeGreaterThan(1);
      expect(ticks.length).toBeLessThanOrEqual(7);
      expect(place(values[0]!)).toBeGreaterThan(0);
      expect(place(values.at(-1)!)).toBeLessThan(1);
    }
    expect(labels(logScale([0.72, 1.4]))).toEqual(['0.7', '0.8', '0.9', '1', '1.1', '1.2', '1.3']);
  });

  test('of decades go from a power of ten to the next', () => {
    expect(labels(decadeScale([29, 87_000]))).toEqual(['10', '100', '1,000', '10,000', '100,000']);
    expect(labels(decadeScale([10]))).toEqual(['10', '100']);
  });
});

test('markup escapes text, keeps markup, and rounds coordinates', () => {
  const inner = markup`<b>${'a<b'}</b>`;
  expect(markup`<p title="${'"'}">${[inner, undefined, 1.23456]}</p>`.text).toBe(
    '<p title="&#34;"><b>a&#60;b</b>1.23</p>',
  );
});
