/** What was found about many links, and how it is printed. */
import type { Duration, Footprint, Traffic } from './tasks.ts';

export interface Figures {
  peers: string;
  /** By the number of links, the first of them none. */
  footprints: ({ links: number } & Footprint)[];
  traffic: {
    links: number;
    /** Over all of them. */
    requests: Traffic;
    /** Over one of them, with as many under way as each had before. */
    alone: Traffic;
    share: number;
    broadcast: Traffic;
  }[];
  events: {
    viaEpmd: Duration;
    direct: Duration;
    accepted: Duration;
    lost: Duration;
    /** Without a link, and with all. */
    alone: { cpuPerSecond: number };
    rest: { cpuPerSecond: number };
  };
}

const KIBIBYTE = 1024;

const perSecond = ({ count, elapsed }: Traffic): number => (count / elapsed) * 1000;

/** Columns as wide as they need to be; the first to the left, the others to the right. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, n) => (n === 0 ? cell.padEnd(widths[n]!) : cell.padStart(widths[n]!))).join('  ');
  return rows.map(line).join('\n');
}

/** The slope of the line through the points that is nearest to all of them. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(points.map(([each]) => each)), mean(points.map(([, each]) => each))];
  const covariance = points.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0);
  return covariance / points.reduce((sum, [a]) => sum + (a - x) ** 2, 0);
}

function footprintTable(footprints: Figures['footprints']): string {
  const kibibytes = (bytes: number): string => (bytes / KIBIBYTE).toFixed(0);
  const rows = footprints.map(({ links, rss, heapUsed, external, descriptors, threads }) => [
    String(links),
    ...[rss, heapUsed, external].map(kibibytes),
    String(descriptors),
    String(threads),
  ]);
  const perLink = (['rss', 'heapUsed', 'external', 'descriptors', 'threads'] as const).map((kind) => {
    const found = slope(footprints.map((footprint) => [footprint.links, footprint[kind]]));
    return kind === 'descriptors' || kind === 'threads' ? found.toFixed(2) : (found / KIBIBYTE).toFixed(1);
  });
  const head = ['links', 'rss KiB', 'heap KiB', 'external KiB', 'descriptors', 'threads'];
  return table([head, ...rows, ['each', ...perLink]]);
}

function trafficTable(traffic: Figures['traffic']): string {
  const head = ['links', 'requests/s', 'of 1 link', 'us CPU', '1 link alike/s', 'us CPU', 'to all/s', 'us CPU'];
  const first = traffic[0]!.requests;
  const rows = traffic.map(({ links, requests, alone, broadcast }) => [
    String(links),
    perSecond(requests).toFixed(0),
    (perSecond(requests) / perSecond(first)).toFixed(2),
    requests.cpu.toFixed(2),
    perSecond(alone).toFixed(0),
    alone.cpu.toFixed(2),
    perSecond(broadcast).toFixed(0),
    broadcast.cpu.toFixed(2),
  ]);
  return table([head, ...rows]);
}

function eventTable({ viaEpmd, direct, accepted, lost }: Figures['events']): string {
  const row = (what: string, { elapsed, blocked, cpu }: Duration): string[] => [
    what,
    elapsed.toFixed(0),
    blocked.toFixed(0),
    cpu?.toFixed(0) ?? '',
  ];
  return table([
    ['all at once', 'ms', 'longest block, ms', 'CPU, ms'],
    row('connect, asking EPMD for each', viaEpmd),
    row('connect, ports known', direct),
    row('are connected to', accepted),
    row('notice that all are lost', lost),
  ]);
}

const rest = ({ cpuPerSecond }: { cpuPerSecond: number }): string => `${(cpuPerSecond / 1000).toFixed(2)} ms`;

/** For people. */
export function report(figures: Figures): string {
  const { peers, footprints, traffic, events } = figures;
  return [
    `Peers: ${peers}`,
    `One node, without garbage:\n${footprintTable(footprints)}`,
    `1000 requests under way in all; the same with one link that has as many under way as each; one message to each in a turn:\n${trafficTable(traffic)}`,
    eventTable(events),
    `At rest: ${rest(events.rest)} of CPU time a second, ticks included; without links ${rest(events.alone)}`,
  ].join('\n\n');
}
