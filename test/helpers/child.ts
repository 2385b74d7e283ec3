/** Operating-system processes that tests start. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** True once the process has ended, in whatever way. */
export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Kills a process and waits until it has ended. */
export async function killed(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
