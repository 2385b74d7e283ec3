/** Where a value stands on an axis, and which values are written at it. */
import { fixed } from '../format.ts';

export interface Tick {
  value: number;
  label: string;
}

/** An axis. Values outside of it are put at its end. */
export interface Scale {
  /** From 0 at the start of the axis to 1 at its end. */
  place(value: number): number;
  ticks: Tick[];
}

function within(share: number): number {
  return Math.min(1, Math.max(0, share));
}

/** From 0 to a little more than the largest value, with about six ticks. */
export function linearScale(values: readonly number[]): Scale {
  const largest = Math.max(0, ...values) || 1;
  const rough = largest / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5].find((factor) => factor * power >= rough) ?? 10);
  const end = largest * 1.04;
  const decimals = Math.max(0, (step === 2.5 * power ? 1 : 0) - Math.floor(Math.log10(step) + 1e-9));
  const ticks = [];
  for (let i = 0; i * step <= end; i++) ticks.push({ value: i * step, label: fixed(i * step, i === 0 ? 0 : decimals) });
  return { place: (value) => within(value / end), ticks };
}

/** What can be written at an axis of ratios, the sparsest last. */
const MANTISSAS = [
  [1, 1.1, 1.2, 1.3, 1.5, 1.7, 2, 2.5, 3, 4, 5, 6, 7, 8, 9],
  [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 7],
  [1, 1.5, 2, 3, 5, 7],
  [1, 2, 5],
  [1, 3],
  [1],
];

/** At most so many ticks on a logarithmic axis. */
const MOST_TICKS = 7;

/**
 * A logarithmic axis from a little less than the least value to a little more than the largest.
 *
 * @param values - above 0
 */
export function logScale(values: readonly number[]): Scale {
  const least = Math.min(...values, Number.MAX_VALUE) / 1.06;
  const most = Math.max(...values, least * 1.5) * 1.06;
  const candidates = MANTISSAS.map((mantissas) => logTicks(least, most, mantissas));
  const ticks = candidates.find((list) => list.length <= MOST_TICKS) ?? [];
  const length = Math.log(most / least);
  return { place: (value) => within(Math.log(value / least) / length), ticks };
}

function logTicks(least: number, most: number, mantissas: readonly number[]): Tick[] {
  const ticks: Tick[] = [];
  for (let power = Math.floor(Math.log10(least)); 10 ** power <= most; power++) {
    for (const mantissa of mantissas) {
      const value = mantissa * 10 ** power;
      const label = fixed(value, Math.max(0, (Number.isInteger(mantissa) ? 0 : 1) - power));
      if (value >= least && value <= most) ticks.push({ value, label });
    }
  }
  return ticks;
}

/** Logarithmic, from a power of ten to a power of ten: what lies far apart. */
export function decadeScale(values: readonly number[]): Scale {
  const from = Math.floor(Math.log10(Math.min(...values, Number.MAX_VALUE)) + 1e-9);
  const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(...values, 1e-9)) - 1e-9));
  const ticks = Array.from({ length: to - from + 1 }, (_, i) => ({
    value: 10 ** (from + i),
    label: fixed(10 ** (from + i), Math.max(0, -(from + i))),
  }));
  return { place: (value) => within((Math.log10(value) - from) / (to - from)), ticks };
}

/** From 0 if the values are of one size, and logarithmic if one is a multiple of another: else the small ones could not be told apart. */
export function latencyScale(values: readonly number[]): Scale {
  const small = Math.min(...values);
  return values.length > 0 && Math.max(...values) > 6 * small ? logScale(values) : linearScale(values);
}
