import { describe, expect, test } from 'vitest';
import { Atom, atom } from '../../../lib/term/atom.ts';
import { encode } from '../../../lib/term/encoder.ts';
import { codeOf } from './support.ts';

describe('atom', () => {
  test('gives the same object for the same name', () => {
    expect(atom('ok')).toBe(atom(['o', 'k'].join('')));
    expect(atom('ok')).not.toBe(atom('ko'));
  });

  test('counts code points, not UTF-16 units', () => {
    expect(atom('😀'.repeat(255)).name).toHaveLength(510);
    expect(codeOf(() => atom('😀'.repeat(256)))).toBe('invalid_argument');
    expect(codeOf(() => atom('a'.repeat(256)))).toBe('invalid_argument');
  });

  test('refuses half of a surrogate pair', () => {
    expect(codeOf(() => atom('a\ud800'))).toBe('invalid_argument');
  });

  test('refuses what is no string', () => {
    expect(codeOf(() => atom(5 as unknown as string))).toBe('invalid_argument');
  });

  test('keeps its encoded form', () => {
    const ok = atom('ok');
    expect(ok.bytes).toEqual(Buffer.from([119, 2, 111, 107]));
    expect(ok.bytes).toBe(ok.bytes);
  });

  test('knows the JavaScript value that stands for it', () => {
    expect(['true', 'false', 'undefined', 'nil', 'ok'].map((name) => atom(name).term)).toEqual([
      ...[true, false, undefined, null],
      atom('ok'),
    ]);
  });

  test('encodes like the JavaScript value that stands for it', () => {
    expect(encode([atom('true'), atom('nil')])).toEqual(encode([true, null]));
  });

  test('prints as Erlang does, also in a template', () => {
    expect(`${atom('ok')} ${atom('Not ok')}`).toBe("ok 'Not ok'");
  });

  test('is an Atom', () => {
    expect(atom('ok')).toBeInstanceOf(Atom);
  });
});
