/** Numbers as people read them. */
import { median } from '../statistics.ts';

/** A figure that does not exist. */
export const NONE = '–';

/** With commas between thousands and a fixed number of decimals. */
export function fixed(value: number, decimals: number): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** Decimals that leave three significant digits of a number of this size; none from 100 on. */
export function decimalsFor(value: number): number {
  return value >= 100 ? 0 : value >= 10 ? 1 : 2;
}

/** Three significant digits, or all before the point. */
export function significant(value: number): string {
  return fixed(value, decimalsFor(value));
}

/** A column of numbers with the decimals that the one in the middle needs, so that they align at the point. */
export function aligned(values: readonly (number | undefined)[]): string[] {
  const decimals = decimalsFor(median(values.filter((value) => value !== undefined)));
  return values.map((value) => (value === undefined ? NONE : fixed(value, decimals)));
}

/** A ratio: two decimals, and fewer of a large one. */
export function ratio(value: number | undefined): string {
  return value === undefined ? NONE : fixed(value, value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2);
}

/** `0.98–1.05`. */
export function range(from: string, to: string): string {
  return `${from}–${to}`;
}

/** A share in percent: `4 %`, and one decimal below 10 %. */
export function percent(share: number): string {
  return `${fixed(share * 100, share < 0.0995 ? 1 : 0)} %`;
}

/** `1 round`, `7 rounds`. */
export function plural(count: number, noun: string): string {
  return `${fixed(count, 0)} ${noun}${count === 1 ? '' : 's'}`;
}

/** A time as `20 November 2025, 15:40 UTC`; what is no time is left as it is. */
export function dateText(date: string): string {
  const time = new Date(date);
  if (Number.isNaN(time.getTime())) return date;
  const options = { timeZone: 'UTC', dateStyle: 'long', timeStyle: 'short', hourCycle: 'h23' } as const;
  return `${time.toLocaleString('en-GB', options).replace(' at ', ', ')} UTC`;
}

/** With a capital letter at its beginning. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
