/** What the threads of a process have cost so far, as Linux tells it to the nanosecond. */
import { readdirSync, readFileSync } from 'node:fs';

/** Microseconds. */
export interface CpuTime {
  /** All threads that are alive. */
  all: number;
  /** The main thread. */
  main: number;
}

function threadTime(pid: number, thread: string | number): number {
  const text = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8');
  return Number(text.split(' ')[0]) / 1000;
}

/** CPU time of a process since its start. Needs Linux's `/proc`. */
export function cpuTime(pid: number): CpuTime {
  let all = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      all += threadTime(pid, thread);
    } catch {
      // It ended between the two readings; its time is lost.
    }
  }
  return { all, main: threadTime(pid, pid) };
}
