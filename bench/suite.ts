/** Runs what was chosen, one step after another. */

import type { Arguments } from './arguments.ts';
import type { Programs } from './build.ts';
import type { Contestant } from './contestant.ts';
import { BEAMS, startContestants } from './contestants.ts';
import { Peer } from './peer.ts';
import { steps } from './plan.ts';
import type { Block, PeerKind } from './results.ts';
import { runBlock } from './rounds.ts';

export interface Run {
  blocks: Block[];
  /** The release of Erlang/OTP. */
  otp: string;
}

/** Tells the peer, and every contestant that is a BEAM, which socket options to use for each other. */
async function prepare(peer: Peer, kind: PeerKind, contestants: readonly Contestant[]): Promise<void> {
  const beams = contestants.filter(({ spec }) => BEAMS.includes(spec.label));
  const names = (list: readonly Contestant[]): string[] => list.map(({ spec }) => spec.node);
  await peer.tune(kind === 'tuned', names(contestants), names(beams));
}

/** What is run. */
export type Chosen = Pick<Arguments, 'workloads' | 'peers' | 'rounds' | 'quick' | 'contestants' | 'against'>;

/** @param log - is told how it goes */
export async function runSuite(chosen: Chosen, programs: Programs, log: (text: string) => void): Promise<Run> {
  const peer = await Peer.start(programs.beamPath);
  let contestants: Contestant[] = [];
  try {
    contestants = await startContestants(programs, peer, chosen, log);
    const blocks: Block[] = [];
    let kind: PeerKind | undefined;
    for (const step of steps(chosen)) {
      if (step.peer !== kind) await prepare(peer, step.peer, contestants);
      kind = step.peer;
      log(`${step.task.workload} ${step.task.bytes} bytes, ${kind} peer:`);
      blocks.push(await runBlock(step, contestants, peer.pid, chosen.rounds, log));
      log('\n');
    }
    return { blocks, otp: await peer.release() };
  } finally {
    for (const contestant of contestants) await contestant.stop();
    await peer.stop();
  }
}
