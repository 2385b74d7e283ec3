/** What is counted: the library's codec at every kind of term, and the yardstick at one of them, both ways. */
import { atom, decode, type EncodableTerm, encode, Pid, Reference, tuple } from 'hidden-node';
import { plainTerm } from '../codec/codec.ts';
import { TERMS, type TermKind } from '../codec/terms.ts';
import { type Direction, YARDSTICK } from './model.ts';
import { decodePlain, encodePlain } from './yardstick.ts';

/** One codec at one kind of term in one direction. */
export interface Task {
  name: string;
  direction: Direction;
  work: (input: unknown) => unknown;
  inputs: readonly unknown[];
  /** How often it goes through its inputs at a time. */
  passes: number;
  /** Of all inputs as they are encoded. */
  bytes: number;
}

/** What the yardstick is given: the plain values of these terms, which hold some of everything. */
const YARDSTICK_TERM = 'nested structs';

/** How many different terms of a kind take turns. */
export const INSTANCES = 16;

const SEED = 20_250;

const identifiers: TermKind = {
  name: 'pids and references',
  make(seed) {
    const node = atom('js@host');
    const from = new Pid(node, seed, 0, 77);
    return tuple(atom('DOWN'), new Reference(node, 77, [seed, 1, 2, 3]), atom('process'), from, [from, from]);
  },
};

/** Numbers from 0 to 9999 that look random and are the same each time (a linear congruential generator). */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield (state >>> 8) % 10_000;
  }
}

function encodeTerm(term: unknown): Buffer {
  return encode(term as EncodableTerm);
}

function decodeTerm(bytes: Buffer): unknown {
  return decode(bytes);
}

function instancesOf(kind: TermKind): EncodableTerm[] {
  const seeds = numbers(SEED);
  return Array.from({ length: INSTANCES }, () => kind.make(seeds.next().value));
}

function bothWays(
  name: string,
  values: readonly unknown[],
  encode: (value: unknown) => Buffer,
  decode: (bytes: Buffer) => unknown,
): Task[] {
  const encoded = values.map(encode);
  const bytes = encoded.reduce((sum, each) => sum + each.length, 0);
  // Long lists do as much in one pass.
  const passes = Array.isArray(values[0]) ? 1 : 4;
  return [
    { name, direction: 'encode', work: encode, inputs: values, passes, bytes },
    { name, direction: 'decode', work: decode as Task['work'], inputs: encoded, passes, bytes },
  ];
}

/** Always the same ones in the same order. */
export function allTasks(): Task[] {
  const plain = instancesOf(TERMS.find(({ name }) => name === YARDSTICK_TERM)!).map(plainTerm);
  return [
    ...bothWays(YARDSTICK, plain, encodePlain, decodePlain),
    ...[...TERMS, identifiers].flatMap((kind) => bothWays(kind.name, instancesOf(kind), encodeTerm, decodeTerm)),
  ];
}
