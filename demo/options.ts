/** What the command line of the demo may say. */
import { parseArgs } from 'node:util';

/** The options of one run. */
export interface DemoOptions {
  /** Messages of the burst, in each direction. */
  burst: number;
}

/** Printed for `--help`, and after a wrong command line. */
export const USAGE = 'Usage: npm run demo [-- --burst <messages>]     (default: 200000, each way)';

const DEFAULT_BURST = 200_000;

/** More would only show that memory ends: the numbers of a broken burst are kept one by one. */
const LARGEST_BURST = 50_000_000;

/**
 * Reads the command line.
 *
 * @param args - the arguments, without the program
 * @returns the options; undefined when only help is asked for
 * @throws Error with a sentence for the user
 */
export function parseOptions(args: string[]): DemoOptions | undefined {
  const { values } = parseArgs({
    args,
    options: { burst: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) return undefined;
  const burst = values.burst === undefined ? DEFAULT_BURST : Number(values.burst);
  if (Number.isInteger(burst) && burst >= 1 && burst <= LARGEST_BURST) return { burst };
  throw new Error(`--burst is a whole number from 1 to ${LARGEST_BURST}, not '${values.burst}'.`);
}
