/** How long the event loop stands still. */

export interface Blocks<T> {
  /** What came of the work. */
  value: T;
  /** The longest time between two turns, in milliseconds: on a busy machine that is also how long others had the processor. */
  longest: number;
  /** The most processor time that this process used between two turns, in milliseconds. */
  busiest: number;
}

function now(): { time: number; processor: number } {
  const { user, system } = process.cpuUsage();
  return { time: performance.now(), processor: (user + system) / 1_000 };
}

/** Does something, and looks at every turn of the event loop meanwhile. */
export async function longestBlock<T>(work: () => Promise<T>): Promise<Blocks<T>> {
  let [longest, busiest] = [0, 0];
  let last = now();
  let immediate: NodeJS.Immediate | undefined;
  const look = (): void => {
    const next = now();
    longest = Math.max(longest, next.time - last.time);
    busiest = Math.max(busiest, next.processor - last.processor);
    last = next;
    immediate = setImmediate(look);
  };
  look();
  try {
    const value = await work();
    clearImmediate(immediate);
    look();
    return { value, longest, busiest };
  } finally {
    clearImmediate(immediate);
  }
}
