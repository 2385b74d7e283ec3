/** The verdicts of the benchmark suite, on made-up samples. */
import { describe, expect, test } from 'vitest';
import type { Block, CodecRow, Results, Sample } from '../../bench/results.ts';
import { evaluate, TARGETS, type Target, targetOf, type Verdict } from '../../bench/targets.ts';

function samples(...elapsed: number[]): Sample[] {
  return elapsed.map((time) => ({
    count: 1000,
    elapsed: time,
    cpu: 700,
    loopCpu: 600,
    peerCpu: 900,
    p50: time,
    p99: 2 * time,
  }));
}

function block(contestants: Record<string, Sample[]>, more: Partial<Block> = {}): Block {
  return { workload: 'w1', bytes: 11, peer: 'default', contestants, ...more };
}

function results(blocks: Block[], codec: CodecRow[] = []): Results {
  return { command: '', date: '', commit: '', machine: {}, rounds: 3, blocks, codec };
}

const RATE: Target = {
  workload: 'w1',
  bytes: 11,
  peer: 'default',
  metric: 'rate',
  control: 'limit',
  must: 0.75,
  reach: 1,
};

function verdict(target: Target, ...given: Parameters<typeof results>): Verdict {
  return evaluate(results(...given), [target])[0]!;
}

describe('targets of a rate', () => {
  test('are met from the bound on', () => {
    const { measured, must, reach } = verdict(RATE, [
      block({ 'hidden-node': samples(1000, 1000, 1000), limit: samples(750, 750, 750) }),
    ]);
    expect(measured).toMatchObject({ median: 0.75, rounds: 3 });
    expect(must).toEqual({ bound: 0.75, outcome: 'met' });
    expect(reach).toMatchObject({ bound: 1, outcome: 'missed' });
    expect(reach!.missedBy).toBe(0.25);
  });

  test('are missed below it, by a share of the bound', () => {
    const { must } = verdict(RATE, [block({ 'hidden-node': samples(2000), limit: samples(750) })]);
    expect(must).toEqual({ bound: 0.75, outcome: 'missed', missedBy: 0.5 });
  });

  test('count the median of the paired ratios', () => {
    const { measured } = verdict(RATE, [
      block({ 'hidden-node': samples(1000, 2000, 4000), limit: samples(1000, 1000, 8000) }),
    ]);
    expect(measured).toMatchObject({ median: 1, min: 0.5, max: 2 });
  });

  test('are not measured without their block, without ours, or without the control', () => {
    const both = { 'hidden-node': samples(1), limit: samples(1) };
    for (const blocks of [
      [],
      [block(both, { bytes: 1024 })],
      [block(both, { peer: 'tuned' })],
      [block(both, { workload: 'w2' })],
      [block({ limit: samples(1) })],
      [block({ 'hidden-node': samples(1) })],
      [block({ 'hidden-node': samples(1), limit: [] })],
    ]) {
      const { measured, must } = verdict(RATE, blocks);
      expect(measured).toBeUndefined();
      expect(must).toEqual({ bound: 0.75, outcome: 'not measured' });
    }
  });
});

describe('targets of a time', () => {
  const LATENCY: Target = { workload: 'w3', peer: 'default', metric: 'p99', control: 'ei', must: 1.25 };
  const CPU: Target = { workload: 'w1', bytes: 11, peer: 'default', metric: 'loopCpu', must: 0.5 };

  test('are met up to the bound', () => {
    const w3 = { workload: 'w3' as const, bytes: 0 };
    const met = verdict(LATENCY, [block({ 'hidden-node': samples(125), ei: samples(100) }, w3)]);
    expect(met.must).toEqual({ bound: 1.25, outcome: 'met' });
    const missed = verdict(LATENCY, [block({ 'hidden-node': samples(250), ei: samples(100) }, w3)]);
    expect(missed.must).toEqual({ bound: 1.25, outcome: 'missed', missedBy: 1 });
  });

  test('of CPU have no control, and are per message', () => {
    const { measured, must } = verdict(CPU, [block({ 'hidden-node': samples(1) })]);
    expect(measured).toMatchObject({ median: 0.6 });
    expect(must!.missedBy).toBeCloseTo(0.2);
  });
});

describe('targets of the codec', () => {
  const ENCODE: Target = { workload: 'codec', metric: 'encode', control: 'native', must: 0.2 };
  const row = (term: string, codec: string, encode: number[]): CodecRow => ({ term, codec, encode, decode: encode });

  test('are decided by the term that does worst', () => {
    const { term, measured, must } = verdict(
      ENCODE,
      [],
      [
        row('map', 'hidden-node', [10, 10]),
        row('map', 'native', [100, 100]),
        row('text', 'hidden-node', [30, 30]),
        row('text', 'native', [100, 100]),
        row('list', 'hidden-node', [20]),
        row('list', 'native', [100]),
      ],
    );
    expect(term).toBe('text');
    expect(measured).toMatchObject({ median: 0.3, rounds: 2 });
    expect(must).toMatchObject({ outcome: 'missed' });
  });

  test('leave out a term that the control cannot do', () => {
    const rows = [row('map', 'hidden-node', [10]), row('map', 'native', [])];
    expect(verdict(ENCODE, [], rows).must).toMatchObject({ outcome: 'not measured' });
  });
});

describe('the table of targets', () => {
  test('has a bound in each line, and goals that ask for more', () => {
    for (const { must, reach, metric } of TARGETS) {
      expect(must ?? reach).toBeGreaterThan(0);
      if (must === undefined || reach === undefined) continue;
      if (metric === 'rate') expect(reach).toBeGreaterThanOrEqual(must);
      else expect(reach).toBeLessThanOrEqual(must);
    }
  });

  test('has no two lines for the same', () => {
    const keys = TARGETS.map(({ workload, bytes, peer, metric, control }) =>
      [workload, bytes, peer, metric, control].join(),
    );
    expect(new Set(keys).size).toBe(TARGETS.length);
  });

  test('finds what a block has to reach', () => {
    expect(targetOf(block({}), 'rate', 'beam')).toMatchObject({ must: 1.3 });
    expect(targetOf(block({}, { workload: 'w4', peer: 'tuned' }), 'rate', 'ei')).toMatchObject({ must: 2.5 });
    expect(targetOf(block({}), 'rate', 'jinterface')).toBeUndefined();
  });
});
