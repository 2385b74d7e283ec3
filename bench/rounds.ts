/** Runs one task with all contestants in turn, round after round, so that what disturbs the machine disturbs them all. */
import type { Contestant } from './contestant.ts';
import { type Step, shareOf } from './plan.ts';
import type { Block, Sample } from './results.ts';

/** Whoever comes first in one round comes last in another. */
function rotated<T>(list: readonly T[], by: number): T[] {
  const start = by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}

/**
 * @param peer - the process of the peer
 * @param rounds - that count; one more is run before them, to warm everything up
 * @param log - is told how it goes
 */
export async function runBlock(
  { task, peer: kind }: Step,
  contestants: readonly Contestant[],
  peer: number,
  rounds: number,
  log: (text: string) => void,
): Promise<Block> {
  const samples = new Map<Contestant, Sample[]>(contestants.map((each) => [each, []]));
  for (let round = -1; round < rounds; round++) {
    for (const contestant of rotated([...samples.keys()], round + 1)) {
      const sample = await contestant.run(shareOf(contestant.spec.label, task), peer);
      if (sample === undefined) samples.delete(contestant);
      else if (round >= 0) samples.get(contestant)!.push(sample);
    }
    log(round < 0 ? ' warm' : ` ${round + 1}`);
  }
  const { workload, bytes } = task;
  return {
    workload,
    bytes,
    peer: kind,
    contestants: Object.fromEntries([...samples].map(([{ spec }, list]) => [spec.label, list])),
  };
}
