/**
 * Messages in a row often come from one process for one process. Then they begin with the same bytes, the control message, which is read only
 * once: to see that it is the same takes a fraction of the time.
 */
import type { Atom } from '../term/atom.ts';
import { copyApart } from '../term/copy-bytes.ts';
import type { Pid } from '../term/pid.ts';

const NOTHING = Buffer.alloc(0);

/** Control messages longer than this are not remembered. */
const MOST_BYTES = 1024;

/** When no two messages in a row are alike, only every so manieth is remembered. */
const MOST_PATIENCE = 64;

export class RepeatedControl {
  /** Where messages that begin with it go. */
  to: Pid | Atom | undefined;
  #bytes: Buffer = NOTHING;
  /** How many others must come before another is remembered, and how many of them are still to come. */
  #patience = 1;
  #left = 1;

  /** How many bytes it has. */
  get length(): number {
    return this.#bytes.length;
  }

  /** Whether a frame begins with it, `bytes[start .. end)`. */
  begins(bytes: Buffer, start: number, end: number): boolean {
    const known = this.#bytes;
    const { length } = known;
    if (length === 0 || end - start < length) return false;
    for (let i = 0; i < length; i++) if (bytes[start + i] !== known[i]) return false;
    this.#patience = 1;
    this.#left = 1;
    return true;
  }

  /** A frame begins with another one, which ends before `end`. */
  remember(bytes: Buffer, start: number, end: number, to: Pid | Atom): void {
    if (--this.#left > 0 || end - start > MOST_BYTES) return;
    this.#patience = Math.min(this.#patience * 2, MOST_PATIENCE);
    this.#left = this.#patience;
    this.#bytes = copyApart(bytes.subarray(start, end));
    this.to = to;
  }
}
