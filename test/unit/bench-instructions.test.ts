import { describe, expect, test } from 'vitest';
import { compare } from '../../bench/instructions/compare.ts';
import type { Baseline, Count } from '../../bench/instructions/model.ts';
import { failures, slack } from '../../bench/instructions/report.ts';

const YARDSTICK: Count = { bytes: 500, encode: 20_000, decode: 40_000 };
const TUPLE: Count = { bytes: 43, encode: 4000, decode: 3000 };

function counted(tuple: Count, others: Partial<Baseline> = {}): Baseline {
  const counts = { yardstick: YARDSTICK, 'W1 tuple': tuple };
  return { node: 'v20.20.2', arch: 'x64', valgrind: 'valgrind-3.19.0', counts, ...others };
}

const baseline = counted(TUPLE);

describe('counts of instructions', () => {
  test('what takes not quite a tenth more passes, and what takes more than that is named', () => {
    expect(failures(compare(baseline, counted({ ...TUPLE, encode: 4390 })))).toEqual([]);
    expect(failures(compare(baseline, counted({ ...TUPLE, decode: 3330 })))).toEqual([
      'W1 tuple: decode takes 3,330 instructions in place of 3,000, +11.0 % (limit +10.0 %)',
    ]);
  });

  test('what is faster passes, with a note', () => {
    const compared = compare(baseline, counted({ ...TUPLE, encode: 3000 }));
    expect(failures(compared)).toEqual([]);
    expect(slack(compared)).toEqual(['W1 tuple: encode takes less than the baseline, -25.0 %']);
  });

  test('with another Node.js the yardstick scales what is expected, and the limit is wider', () => {
    const slower = {
      yardstick: { ...YARDSTICK, encode: 40_000 },
      'W1 tuple': { ...TUPLE, encode: 8800, decode: 5400 },
    };
    const compared = compare(baseline, counted(TUPLE, { node: 'v22.0.0', counts: slower }));
    expect(compared.list[0]).toMatchObject({ direction: 'encode', expected: 8000, count: 8800 });
    expect(failures(compared)).toEqual([
      'W1 tuple: decode takes 5,400 instructions in place of 3,000, +80.0 % (limit +75.0 %)',
    ]);
  });

  test('with the same Node.js the yardstick scales nothing: the codec may make it slower too', () => {
    const slower = { yardstick: { ...YARDSTICK, encode: 40_000 }, 'W1 tuple': { ...TUPLE, encode: 8000 } };
    expect(failures(compare(baseline, counted(TUPLE, { counts: slower })))).toHaveLength(1);
  });

  test('terms that are missing or not the same cannot be compared, and that fails', () => {
    const { yardstick } = baseline.counts;
    const without: Baseline = { ...baseline, counts: { yardstick: yardstick! } };
    expect(failures(compare(without, baseline))).toEqual(['W1 tuple is not in the baseline']);
    expect(failures(compare(baseline, without))).toEqual(['W1 tuple is in the baseline only']);
    expect(failures(compare(baseline, counted({ ...TUPLE, bytes: 44 })))).toEqual([
      'W1 tuple takes 44 bytes, and 43 in the baseline: it is another term, or encoded otherwise',
    ]);
  });
});
