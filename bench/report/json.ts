/** Results as a file. What is read is checked, since a file may be of another version, or cut short. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type Block, type CodecRow, PEERS, type Results, type Sample, WORKLOADS } from '../results.ts';

/** Writes results as JSON. */
export function saveResults(file: string, results: Results): void {
  writeFileSync(file, `${JSON.stringify(results, undefined, 2)}\n`);
}

/**
 * Reads what `saveResults` wrote.
 *
 * @throws Error that names the file and the place in it that is not as it should be
 */
export function loadResults(file: string): Results {
  try {
    return parseResults(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new Error(`${file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/**
 * Checks that a value has the form of results, and leaves out what does not belong to them.
 *
 * @throws TypeError that names the place
 */
export function parseResults(value: unknown): Results {
  const results = object(value, 'results');
  return {
    command: string(results.command, 'command'),
    date: string(results.date, 'date'),
    commit: string(results.commit, 'commit'),
    machine: record(results.machine, 'machine', string),
    rounds: positive(results.rounds, 'rounds'),
    blocks: list(results.blocks, 'blocks', block),
    codec: list(results.codec, 'codec', codecRow),
  };
}

function block(value: unknown, at: string): Block {
  const fields = object(value, at);
  return {
    workload: oneOf(WORKLOADS, fields.workload, `${at}.workload`),
    bytes: amount(fields.bytes, `${at}.bytes`),
    peer: oneOf(PEERS, fields.peer, `${at}.peer`),
    contestants: record(fields.contestants, `${at}.contestants`, (samples, place) => list(samples, place, sample)),
  };
}

function sample(value: unknown, at: string): Sample {
  const fields = object(value, at);
  const optional = (name: 'p50' | 'p99') =>
    fields[name] === undefined ? {} : { [name]: positive(fields[name], `${at}.${name}`) };
  return {
    count: positive(fields.count, `${at}.count`),
    elapsed: positive(fields.elapsed, `${at}.elapsed`),
    cpu: amount(fields.cpu, `${at}.cpu`),
    loopCpu: amount(fields.loopCpu, `${at}.loopCpu`),
    peerCpu: amount(fields.peerCpu, `${at}.peerCpu`),
    ...optional('p50'),
    ...optional('p99'),
  };
}

function codecRow(value: unknown, at: string): CodecRow {
  const fields = object(value, at);
  return {
    term: string(fields.term, `${at}.term`),
    codec: string(fields.codec, `${at}.codec`),
    encode: list(fields.encode, `${at}.encode`, positive),
    decode: list(fields.decode, `${at}.decode`, positive),
  };
}

type Check<T> = (value: unknown, at: string) => T;

function fail(at: string, expected: string, value: unknown): never {
  throw new TypeError(`${at} must be ${expected}, but is ${JSON.stringify(value)?.slice(0, 40)}`);
}

function object(value: unknown, at: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(at, 'an object', value);
  return value as Record<string, unknown>;
}

function record<T>(value: unknown, at: string, check: Check<T>): Record<string, T> {
  return Object.fromEntries(Object.entries(object(value, at)).map(([key, item]) => [key, check(item, `${at}.${key}`)]));
}

function list<T>(value: unknown, at: string, check: Check<T>): T[] {
  if (!Array.isArray(value)) fail(at, 'a list', value);
  return value.map((item, i) => check(item, `${at}[${i}]`));
}

function string(value: unknown, at: string): string {
  return typeof value === 'string' ? value : fail(at, 'a string', value);
}

function amount(value: unknown, at: string): number {
  return typeof value === 'number' && value >= 0 && Number.isFinite(value) ? value : fail(at, 'a number from 0', value);
}

function positive(value: unknown, at: string): number {
  return amount(value, at) > 0 ? (value as number) : fail(at, 'a number above 0', value);
}

function oneOf<T extends string>(choices: readonly T[], value: unknown, at: string): T {
  return choices.find((choice) => choice === value) ?? fail(at, `one of ${choices.join(', ')}`, value);
}
