/** How workloads, contestants and metrics are called in tables and on the page. */
import type { Block, PeerKind, Workload } from '../results.ts';
import { type Metric, NATIVE_CODEC, SUBJECT, type Target } from '../targets.ts';

/** In the order in which they are shown. */
const CONTESTANTS: Record<string, { label: string; about: string }> = {
  [SUBJECT]: { label: 'hidden-node', about: 'this library by its public API, over its native TCP link' },
  'node-net': { label: 'node:net', about: 'this library, over a socket of node:net in place of the native link' },
  against: { label: 'against', about: 'another checkout of this library' },
  beam: { label: 'BEAM', about: 'an Erlang node in the place of hidden-node' },
  ei: { label: 'ei', about: 'a plain C program on Erlang’s own library ei, one write per message' },
  limit: {
    label: 'limit',
    about:
      'a C program that sends frames encoded beforehand and only counts what comes: about what the peer can take or give',
  },
  jinterface: { label: 'JInterface', about: 'a Java program on Erlang’s JInterface' },
};

const CODECS: Record<string, string> = {
  [SUBJECT]: 'this library’s codec',
  [`${SUBJECT} utf8`]: 'the same, which makes text of binaries, as the other codecs in JavaScript do',
  [NATIVE_CODEC]: 'a codec in C++: N-API for each value, and Erlang’s ei',
  erlpack: 'the npm package erlpack, in C++',
  erlang_js: 'the npm package erlang_js, in JavaScript',
  msgpackr: 'MessagePack of an equivalent value, by the npm package msgpackr',
  'msgpackr structures': 'the same with shared structures: both sides know the names of properties from elsewhere',
  JSON: 'JSON of an equivalent value',
};

const CONTROLS = ['beam', 'ei', 'limit', 'against'];

interface WorkloadText {
  title: string;
  /** What is counted, in the plural. */
  unit: string;
  about: string;
}

const WORKLOAD_TEXTS: Record<Workload, WorkloadText> = {
  w1: {
    title: 'Messages out',
    unit: 'messages',
    about:
      'The contestant sends to a registered process of the peer, which counts, and times from the first to the last.',
  },
  w2: {
    title: 'Messages in',
    unit: 'messages',
    about:
      'A process of the peer sends to a registered name of the contestant, which times from the first to the last.',
  },
  w3: {
    title: 'Ping-pong',
    unit: 'round trips',
    about: 'A message goes to a process of the peer and comes back, one at a time.',
  },
  w4: {
    title: 'Requests and replies',
    unit: 'requests',
    about: 'Calls of a process of the peer, 1000 of them under way at any time. Each answer is matched to its request.',
  },
  rpc1: {
    title: 'Remote calls',
    unit: 'calls',
    about: 'Calls of erlang:node() on the peer, one after the other.',
  },
};

/** What is said about a workload. */
export function workloadText(workload: Workload): WorkloadText {
  return WORKLOAD_TEXTS[workload];
}

/** `W1`, `rpc1`. */
export function workloadName(workload: Workload | 'codec'): string {
  return workload.startsWith('w') ? workload.toUpperCase() : workload;
}

/** `W1 1 KiB`; without a size where there is only one. */
export function sizedName(workload: Workload | 'codec', bytes: number | undefined): string {
  const name = workloadName(workload);
  return bytes === undefined || !(workload === 'w1' || workload === 'w2') ? name : `${name} ${byteSize(bytes)}`;
}

/** `11 B`, `64 KiB`. */
export function byteSize(bytes: number): string {
  if (bytes >= 1024 * 1024 && bytes % (1024 * 1024) === 0) return `${bytes / (1024 * 1024)} MiB`;
  return bytes >= 1024 && bytes % 1024 === 0 ? `${bytes / 1024} KiB` : `${bytes} B`;
}

/** Whether single round trips are timed, so that latencies are what counts. */
export function countsLatency(workload: Workload): boolean {
  return workload === 'w3' || workload === 'rpc1';
}

/** `default peer`. */
export function peerName(peer: PeerKind): string {
  return `${peer} peer`;
}

/** How a contestant is called where people read. */
export function contestantLabel(name: string): string {
  return CONTESTANTS[name]?.label ?? name;
}

/** What a contestant or codec is; nothing for one that is not known. */
export function aboutContestant(name: string): string | undefined {
  return CONTESTANTS[name]?.about;
}

/** What a codec is; nothing for one that is not known. */
export function aboutCodec(name: string): string | undefined {
  return CODECS[name];
}

function inOrder(names: Iterable<string>, known: readonly string[]): string[] {
  const place = (name: string) => (known.includes(name) ? known.indexOf(name) : known.length);
  return [...names].sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
}

/** The contestants of a block that have samples, ours first. */
export function contestantsOf(block: Block): string[] {
  const names = Object.keys(block.contestants).filter((name) => block.contestants[name]!.length > 0);
  return inOrder(names, Object.keys(CONTESTANTS));
}

/** The contestants of a block that rates and latencies are divided by in its table. */
export function controlsOf(block: Block): string[] {
  return CONTROLS.filter((name) => (block.contestants[name]?.length ?? 0) > 0);
}

/** Names of codecs, each once, ours first. */
export function codecsInOrder(names: Iterable<string>): string[] {
  return inOrder(new Set(names), Object.keys(CODECS));
}

/** What a metric is called when it is divided by the same of another. */
export const METRIC_NAMES: Record<Metric, string> = {
  rate: 'rate',
  p50: 'p50',
  p99: 'p99',
  loopCpu: 'loop CPU',
  encode: 'encoding',
  decode: 'decoding',
};

/** What a target measures: `rate ÷ BEAM’s`. */
export function metricText({ metric, control }: Target): string {
  return control === undefined
    ? `${METRIC_NAMES[metric]}, µs per message`
    : `${METRIC_NAMES[metric]} ÷ ${contestantLabel(control)}’s`;
}
