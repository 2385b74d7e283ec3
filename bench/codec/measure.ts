/**
 * Measures codecs side by side: in each round every codec encodes and decodes every term for a moment, in turn. What is measured
 * is the CPU time of the process, in which other programs on the machine hardly show.
 */
import type { CodecRow } from '../results.ts';
import { type Codec, faultOf } from './codec.ts';
import { erlangJs } from './columns/erlang-js.ts';
import { erlpack } from './columns/erlpack.ts';
import { hiddenNode } from './columns/hidden-node.ts';
import { json } from './columns/json.ts';
import { msgpackr } from './columns/msgpackr.ts';
import { native } from './columns/native.ts';
import { TERMS, type TermKind } from './terms.ts';

/** How long a codec works on a term at a time, in milliseconds. */
const MOMENT = 20;

/** Moments before the first round that counts, so that everything is compiled. */
const WARM_UP = 5;

/** How many different terms of a kind take turns, a power of two. */
const INSTANCES = 16;

/** What was made last, so that no work can be left out as useless. */
const results: unknown[] = new Array(INSTANCES);

type Work = (input: unknown) => unknown;

/** One codec at one kind of term in one direction. */
interface Task {
  work: Work;
  inputs: unknown[];
  /** How often the work fits into a moment. */
  count: number;
  /** Nanoseconds per term, one for each round. */
  figures: number[];
}

/** CPU time so far, in microseconds. */
function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Does a task once more; returns the nanoseconds per term. */
function nanoseconds({ work, inputs, count }: Task): number {
  const start = cpuTime();
  for (let i = 0; i < count; i++) results[i & (INSTANCES - 1)] = work(inputs[i & (INSTANCES - 1)]);
  return ((cpuTime() - start) * 1000) / count;
}

function task(work: Work, inputs: unknown[]): Task {
  return { work, inputs, count: INSTANCES, figures: [] };
}

function warmUp(task: Task): void {
  for (let i = 0; i < WARM_UP; ) {
    const each = nanoseconds(task);
    if (each * task.count > (MOMENT / 2) * 1e6) i++;
    // The first few take too little to be measured.
    const fitting = each > 0 ? Math.ceil((MOMENT * 1e6) / each) : Number.POSITIVE_INFINITY;
    task.count = Math.max(INSTANCES, Math.min(task.count * 4, fitting));
  }
}

/** The two tasks of a codec at a kind of term, or none when it cannot carry one of them. */
function tasksOf(codec: Codec, kind: TermKind, log: (line: string) => void): [Task, Task] | undefined {
  const terms = Array.from({ length: INSTANCES }, (_, seed) => kind.make(seed));
  const fault = terms.map((term) => faultOf(codec, term)).find((each) => each !== undefined);
  if (fault !== undefined) {
    if (codec.name.startsWith('hidden-node')) throw new Error(`${codec.name} fails at the ${kind.name}: ${fault}`);
    log(`${codec.name} cannot carry the ${kind.name}: ${fault}`);
    return undefined;
  }
  const values = terms.map((term) => codec.from(term));
  const encoded = values.map((value) => Buffer.from(codec.encode(value)));
  return [task((value) => codec.encode(value), values), task((bytes) => codec.decode(bytes as Buffer), encoded)];
}

async function loadCodecs(log: (line: string) => void): Promise<Codec[]> {
  const codecs = hiddenNode();
  for (const [name, load] of Object.entries({ native, erlpack, erlangJs, msgpackr, json })) {
    try {
      codecs.push(...(await load()));
    } catch (error) {
      log(`left out: ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return codecs;
}

/**
 * Measures all codecs that can be had at all terms.
 *
 * @param rounds - how many figures each gets
 * @param log - hears what was left out, and why
 * @returns one row for each codec at each term, with no figures when the codec cannot carry the term
 */
export async function measureCodecs(rounds: number, log: (line: string) => void): Promise<CodecRow[]> {
  const codecs = await loadCodecs(log);
  const rows: CodecRow[] = [];
  const tasks: Task[] = [];
  for (const kind of TERMS) {
    for (const codec of codecs) {
      const [encoding, decoding] = tasksOf(codec, kind, log) ?? [];
      rows.push({
        term: kind.name,
        codec: codec.name,
        encode: encoding?.figures ?? [],
        decode: decoding?.figures ?? [],
      });
      if (encoding !== undefined && decoding !== undefined) tasks.push(encoding, decoding);
    }
  }
  for (const each of tasks) warmUp(each);
  for (let round = 0; round < rounds; round++) {
    for (const each of tasks) each.figures.push(nanoseconds(each));
  }
  return rows;
}
