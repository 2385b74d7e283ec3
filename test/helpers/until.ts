/** Waiting for a state, never for a time. */
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Looks again and again until `look` gives something other than false or undefined.
 *
 * @param what - what is waited for, for the error
 */
export async function until<T>(
  what: string,
  look: () => T | false | undefined | Promise<T | false | undefined>,
  timeout = 15_000,
): Promise<T> {
  const end = performance.now() + timeout;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`still waiting for ${what} after ${timeout} ms`);
    await delay(5);
  }
}

/** The error that a promise rejects with, or a function throws; fails when it does neither. */
export async function failure(work: Promise<unknown> | (() => unknown)): Promise<unknown> {
  let value: unknown;
  try {
    value = await (typeof work === 'function' ? work() : work);
  } catch (error) {
    return error;
  }
  throw new Error(`nothing failed; the outcome was ${String(value)}`);
}
