/** What the parts of the check tell each other. */

export const DIRECTIONS = ['encode', 'decode'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** Of one kind of term. */
export interface Count {
  /** The mean size of the encoded terms. */
  bytes: number;
  /** Instructions per term. */
  encode: number;
  decode: number;
}

/** By the name of the kind of term, with one more for the yardstick. */
export type Counts = Readonly<Record<string, Count>>;

/** The name under which the yardstick's counts are. */
export const YARDSTICK = 'yardstick';

/** What counts depend on besides the code. */
export interface Origin {
  node: string;
  arch: string;
  valgrind: string;
}

/** The counts that are kept with the sources. */
export interface Baseline extends Origin {
  counts: Counts;
}
