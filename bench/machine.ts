/** Where the figures were made, so that they can be judged. */
import { execFileSync } from 'node:child_process';
import { arch, availableParallelism, cpus, release, totalmem, type } from 'node:os';

function output(command: string, ...args: string[]): string {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'unknown';
  }
}

/** @param otp - the release of Erlang/OTP */
export function describeMachine(otp: string): Record<string, string> {
  const [first] = cpus();
  return {
    processor: `${availableParallelism()} x ${first?.model ?? 'unknown'}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${type()} ${release()} ${arch()}`,
    node: process.version,
    otp,
    network: 'loopback',
  };
}

/** The commit that is measured, with a mark when files differ from it. */
export function describeCommit(): string {
  const changed = output('git', 'status', '--porcelain', '--untracked-files=no', '--', 'lib', 'native', 'bench');
  return output('git', 'rev-parse', '--short', 'HEAD') + (changed === '' ? '' : ' with changes');
}
