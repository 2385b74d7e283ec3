import { expect, test } from 'vitest';
import type { LocalProcess } from '../../../lib/process/local-process.ts';
import { OwnReferences } from '../../../lib/process/own-references.ts';
import { atom } from '../../../lib/term/atom.ts';
import { Reference } from '../../../lib/term/reference.ts';

const HERE = atom('here@127.0.0.1');
const process = {} as LocalProcess;
const other = {} as LocalProcess;
const reference = (words: number[], node = HERE, creation = 7): Reference => new Reference(node, creation, words);

test('finds what is known by an equal reference, of the same process only', () => {
  const known = new OwnReferences<{ reference: Reference; what: string }>();
  known.set(process, { reference: reference([1, 2, 3]), what: 'first' });
  known.set(process, { reference: reference([2, 2, 3]), what: 'second' });
  expect(known.get(process, reference([1, 2, 3]))?.what).toBe('first');
  expect(known.get(other, reference([1, 2, 3]))).toBeUndefined();
  expect(known.delete(other, reference([1, 2, 3]))).toBe(false);
  expect(known.delete(process, reference([1, 2, 3]))).toBe(true);
  expect(known.get(process, reference([1, 2, 3]))).toBeUndefined();
  expect(known.take(process).map(({ what }) => what)).toEqual(['second']);
});

test.each([
  ['of another node', reference([1, 2, 3], atom('there@127.0.0.1'))],
  ['of an earlier incarnation of this node', reference([1, 2, 3], HERE, 6)],
  ['with another last word', reference([1, 2, 4])],
  ['of another length', reference([1, 2, 3, 0])],
])('a reference %s that has the same key is not taken for it', (_, foreign) => {
  const known = new OwnReferences<{ reference: Reference }>();
  known.set(process, { reference: reference([1, 2, 3]) });
  expect(known.get(process, foreign)).toBeUndefined();
  expect(known.delete(process, foreign)).toBe(false);
  expect(known.get(process, reference([1, 2, 3]))).toBeDefined();
});

test('takes away what is chosen, of every process', () => {
  const known = new OwnReferences<{ reference: Reference; odd: boolean }>();
  for (let i = 0; i < 10; i++) {
    known.set(i < 5 ? process : other, { reference: reference([i, 0, 0]), odd: i % 2 === 1 });
  }
  expect(known.takeIf(({ odd }) => odd)).toHaveLength(5);
  expect(known.takeIf(() => true).map(([whose]) => whose)).toEqual([process, process, process, other, other]);
  expect(known.take(process)).toEqual([]);
});
