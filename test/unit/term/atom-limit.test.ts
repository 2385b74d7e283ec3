import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { atom } from '../../../lib/term/atom.ts';
import { decode } from '../../../lib/term/decoder.ts';
import { MAX_LIVE_ATOMS } from '../../../lib/term/limits.ts';
import { until } from '../../helpers/until.ts';
import { bytes, codeOf, u32 } from './support.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** A list of distinct atoms that no other frame has. */
function frame(number: number, atoms: number): Buffer {
  const names = Array.from({ length: atoms }, (_, i) => `${number}_${i}`);
  return bytes(131, 108, u32(atoms), Buffer.concat(names.map((name) => bytes(119, name.length, name))), 106);
}

function isTaken(frame: Buffer): boolean {
  try {
    decode(frame);
    return true;
  } catch {
    return false;
  }
}

async function turnOfTheLoop(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

test('more distinct atoms in one frame than the limit are refused', () => {
  expect(codeOf(() => decode(frame(0, MAX_LIVE_ATOMS + 10_000)))).toBe('decode_limit');
});

test('refusing goes on being cheap while the table is full', () => {
  const one = frame(1, 1);
  const start = performance.now();
  for (let i = 0; i < 1000; i++) expect(codeOf(() => decode(one))).toBe('decode_limit');
  expect(performance.now() - start).toBeLessThan(2000);
});

test('the program itself can still make atoms while the table is full', () => {
  expect(atom('made here').name).toBe('made here');
});

test('an atom that is in use keeps working while the table is full', () => {
  expect(decode(bytes(131, 119, 4, 'true'))).toBe(true);
});

test('atoms that nothing refers to make room for others, over many frames', { timeout: 60_000 }, async () => {
  await turnOfTheLoop();
  collect();
  // A full table is swept at most ten times a second.
  await until('the next sweep', () => isTaken(frame(1, 1)));
  const kept = atom('kept');
  for (let i = 2; i < 12; i++) {
    expect(decode(frame(i, 60_000))).toHaveLength(60_000);
    await turnOfTheLoop();
    collect();
  }
  expect(atom('kept')).toBe(kept);
});
