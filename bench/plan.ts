/** What is run: every workload in every size, and how often. */
import type { Task } from './contestant.ts';
import type { PeerKind, Workload } from './results.ts';

const KIBIBYTE = 1024;

/** So many that a run takes about a second on a small machine. */
const TASKS: readonly Task[] = [
  { workload: 'w1', bytes: 11, count: 1_000_000, outstanding: 0 },
  { workload: 'w1', bytes: KIBIBYTE, count: 200_000, outstanding: 0 },
  { workload: 'w1', bytes: 64 * KIBIBYTE, count: 10_000, outstanding: 0 },
  { workload: 'w2', bytes: 11, count: 500_000, outstanding: 0 },
  { workload: 'w2', bytes: KIBIBYTE, count: 200_000, outstanding: 0 },
  { workload: 'w2', bytes: 64 * KIBIBYTE, count: 10_000, outstanding: 0 },
  { workload: 'w3', bytes: 11, count: 10_000, outstanding: 1 },
  { workload: 'w4', bytes: 11, count: 100_000, outstanding: 1000 },
  { workload: 'rpc1', bytes: 0, count: 5_000, outstanding: 1 },
];

/** Contestants that are slower by so much that they get fewer messages. */
const SHARES: Record<string, number> = { jinterface: 0.2 };

/** A fifth of the messages is enough to see whether something is far off. */
const QUICK_SHARE = 0.2;

export interface Selection {
  workloads: readonly Workload[];
  peers: readonly PeerKind[];
  quick: boolean;
}

/** One task for all contestants. */
export interface Step {
  task: Task;
  peer: PeerKind;
}

export function steps({ workloads, peers, quick }: Selection): Step[] {
  const tasks = TASKS.filter(({ workload }) => workloads.includes(workload));
  return peers.flatMap((peer) =>
    tasks.map((task) => ({ peer, task: quick ? { ...task, count: Math.round(task.count * QUICK_SHARE) } : task })),
  );
}

/** The task as one contestant gets it. */
export function shareOf(label: string, task: Task): Task {
  return { ...task, count: Math.round(task.count * (SHARES[label] ?? 1)) };
}
