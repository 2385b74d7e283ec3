/** Counts numbered messages as they arrive: what `tally/2` of the Erlang module does. */

/** What a receiver says of a burst. */
export interface Figures {
  /** Messages that arrived, those that came twice included. */
  received: number;
  /** Numbers that never arrived. */
  lost: number;
  /** Messages whose number had been there before. */
  twice: number;
  /** Messages that came after one with a higher number. */
  late: number;
  /** Microseconds from the first message to the question for the figures, by the clock of the receiver. */
  micros: number;
}

/** Counts messages that are numbered from 1. */
export class Tally {
  readonly #started = performance.now();
  readonly #missing = new Set<number>();
  #received = 0;
  #next = 1;
  #twice = 0;
  #late = 0;

  /** Counts one message. */
  add(number: number): void {
    this.#received++;
    if (number >= this.#next) {
      for (; this.#next < number; this.#next++) this.#missing.add(this.#next);
      this.#next = number + 1;
    } else if (this.#missing.delete(number)) {
      this.#late++;
    } else {
      this.#twice++;
    }
  }

  /** @param total - how many were sent */
  figures(total: number): Figures {
    return {
      received: this.#received,
      lost: this.#missing.size + Math.max(0, total - this.#next + 1),
      twice: this.#twice,
      late: this.#late,
      micros: (performance.now() - this.#started) * 1000,
    };
  }
}
