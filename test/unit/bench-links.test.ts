import { expect, test } from 'vitest';
import { type Figures, report, slope } from '../../bench/links/report.ts';

test('the slope is that of the nearest line', () => {
  expect(
    slope([
      [0, 5],
      [10, 25],
      [100, 205],
    ]),
  ).toBeCloseTo(2);
  expect(
    slope([
      [0, 1],
      [1, 0],
      [2, 2],
    ]),
  ).toBeCloseTo(0.5);
});

test('the report tells what each link costs, and how the speed changes', () => {
  const footprint = { rss: 2 ** 20, heapUsed: 2 ** 20, external: 0, descriptors: 20, threads: 10 };
  const traffic = { count: 1000, elapsed: 100, cpu: 2 };
  const duration = { elapsed: 12, blocked: 3 };
  const figures: Figures = {
    peers: '10 peers',
    footprints: [
      { links: 0, ...footprint },
      { links: 10, ...footprint, rss: 2 ** 20 + 50 * 1024, descriptors: 30 },
    ],
    traffic: [
      { links: 1, requests: traffic, alone: traffic, share: 1000, broadcast: traffic },
      { links: 10, requests: { ...traffic, count: 500 }, alone: traffic, share: 100, broadcast: traffic },
    ],
    events: {
      viaEpmd: duration,
      direct: { ...duration, cpu: 7 },
      accepted: duration,
      lost: duration,
      alone: { cpuPerSecond: 100 },
      rest: { cpuPerSecond: 1500 },
    },
  };
  const text = report(figures);
  expect(text).toMatch(/^each\s+5\.0\s+0\.0\s+0\.0\s+1\.00\s+0\.00$/m);
  expect(text).toMatch(/^10\s+5000\s+0\.50\s+2\.00\s+10000/m);
  expect(text).toMatch(/^connect, ports known\s+12\s+3\s+7$/m);
  expect(text).toContain('1.50 ms of CPU time a second, ticks included; without links 0.10 ms');
});
