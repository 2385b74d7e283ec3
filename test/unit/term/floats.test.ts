/** Floats in lists take a way of their own, so what is said of one must hold in a run. */
import { describe, expect, test } from 'vitest';
import { Decoder, decode } from '../../../lib/term/decoder.ts';
import { encode } from '../../../lib/term/encoder.ts';
import { float } from '../../../lib/term/float.ts';
import type { EncodableTerm } from '../../../lib/term/term.ts';
import { tuple } from '../../../lib/term/tuple.ts';
import { bytes, codeOf, u32 } from './support.ts';

const FLOATS = [0.5, -0.1, 1e300, -1e-300, 5e-324, Number.MAX_VALUE, 2 ** 53, -(2 ** 60), 1 / 3, 123456.789];
const OTHERS = [-1, 0, 255, 256, 2 ** 31, -(2 ** 31), 2 ** 40, Number.MAX_SAFE_INTEGER, 7];

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) =>
    i % 3 === 0 ? OTHERS[i % OTHERS.length]! : FLOATS[i % FLOATS.length]!,
  );
}

function formOf(value: number): Buffer {
  return encode(value).subarray(1);
}

/** A list of terms that are encoded already. */
function listOf(forms: readonly Buffer[]): Buffer {
  return bytes(131, 108, u32(forms.length), ...forms, 106);
}

const LENGTHS = [1, 2, 3, 8, 9, 10, 11, 99, 100, 101, 102, 200, 333, 5000];

describe('lists of floats and integers', () => {
  test.each(LENGTHS)('%i of them are encoded as each alone', (length) => {
    for (const list of [numbers(length), Array.from({ length }, (_, i) => FLOATS[i % FLOATS.length]!)]) {
      expect(encode(list).equals(listOf(list.map(formOf)))).toBe(true);
      const forms = Buffer.concat(list.map(formOf));
      expect(
        encode(tuple(...list))
          .subarray(-forms.length)
          .equals(forms),
      ).toBe(true);
    }
  });

  test.each(LENGTHS)('%i of them decode to what was sent', (length) => {
    const list = numbers(length);
    expect(decode(listOf(list.map(formOf)))).toEqual(list);
    expect(decode(encode(tuple(...list)))).toEqual(tuple(...list));
  });

  test('are Floats when they are to be exact', () => {
    const list = [1.5, 2, float(2), 2.5, 3.5];
    expect(decode(encode(list), { floats: 'exact' })).toEqual([float(1.5), 2, float(2), float(2.5), float(3.5)]);
    expect(decode(encode(new Map([[tuple(1.5, 2.5), 3.5]])))).toEqual(new Map([[tuple(float(1.5), float(2.5)), 3.5]]));
  });

  test('keep the sign of zero', () => {
    const zero = bytes(70, 0x80, 0, 0, 0, 0, 0, 0, 0);
    expect(decode(listOf([zero, zero, zero]))).toEqual([-0, -0, -0]);
  });

  test('are those of the buffer that is read', () => {
    const decoder = new Decoder();
    for (const list of [
      [1.5, 2.5],
      [3.5, 4.5],
    ]) {
      decoder.reset(encode(list), 1);
      expect(decoder.readTerm()).toEqual(list);
    }
  });

  test('end at something else', () => {
    const list: EncodableTerm[] = [1.5, 2.5, 'text', 3.5, 4.5, null, 5, 6.5, 7.5];
    expect(decode(encode(list), { binaries: 'utf8' })).toEqual(list);
  });

  test.each([1, 2, 3, 20])('an infinity after %i floats is refused', (count) => {
    const infinity = bytes(70, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0);
    const forms = [...Array.from({ length: count }, () => formOf(1.5)), infinity, formOf(1.5)];
    expect(codeOf(() => decode(listOf(forms)))).toBe('decode_invalid');
    expect(codeOf(() => encode([...Array<number>(count).fill(1.5), Number.NaN, 1.5]))).toBe('not_a_term');
  });

  test('that end too early are refused, wherever that is', () => {
    const whole = listOf(Array.from({ length: 12 }, () => formOf(1.5)));
    for (let length = 6; length < whole.length; length++) {
      // More bytes stand behind the end, as they do in a slab.
      const input = whole.subarray(0, length);
      expect(
        codeOf(() => decode(input)),
        `${length} bytes`,
      ).toBe('decode_truncated');
    }
  });
});
