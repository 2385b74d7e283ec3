/**
 * The releases of Erlang/OTP and Elixir that tests can run against: this machine's own, and those in the folders that
 * scripts/otp-release.sh has made. The nodes of all share this machine's network.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, test } from 'vitest';
import type { BeamOptions } from './beam-node.ts';

export interface Release {
  /** The number of Erlang/OTP, such as 27. */
  readonly otp: number;
  /** For `Cluster.beam` and `Cluster.elixir`: what makes them run this release. */
  readonly options: BeamOptions;
}

/** A release that tests cannot have, and why. */
interface Missing {
  readonly name: string;
  readonly reason: string;
}

const SCRIPT = join(import.meta.dirname, '../../scripts/otp-release.sh');

/** Erlang's own note of the release that starts: `13.1.5 25`. */
function otpOf(root: string): number {
  return Number(readFileSync(join(root, 'releases/start_erl.data'), 'latin1').trim().split(' ')[1]);
}

function own(): Release | Missing {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    try {
      return { otp: otpOf(join(realpathSync(join(folder, 'erl')), '../..')), options: {} };
    } catch {
      // Not in this folder.
    }
  }
  return { name: "this machine's OTP", reason: 'there is no erl' };
}

function other(line: string): Release | Missing {
  const [suite = '', root] = line.split(' ');
  const name = `OTP of Debian ${suite}`;
  if (root === undefined) return { name, reason: `not there; as root: bash scripts/otp-release.sh ${suite}` };
  if (process.getuid?.() !== 0) return { name, reason: 'entering its folder needs root' };
  return { otp: otpOf(join(root, 'usr/lib/erlang')), options: { root } };
}

const lines = execFileSync('bash', [SCRIPT, '--find'], { encoding: 'utf8' }).trim().split('\n');
const all = [own(), ...lines.map(other)];

/** Every release that can be had, the oldest first. */
export const releases: readonly Release[] = all.filter((one) => 'otp' in one).sort((a, b) => a.otp - b.otp);

/** Every release that should be there and is not. */
const missing: readonly Missing[] = all.filter((one) => 'reason' in one);

/** The release of this number; undefined when it cannot be had. */
export function release(otp: number): Release | undefined {
  return releases.find((one) => one.otp === otp);
}

/**
 * A `describe` for each release. One that cannot be had is skipped, with the reason in its name; under continuous integration
 * (`CI=true`) it is a test that fails.
 *
 * @param theme - what the tests are about
 * @param body - as that of `describe`
 */
export function describeReleases(theme: string, body: (release: Release) => void): void {
  for (const one of releases) describe(`${theme}, OTP ${one.otp}`, () => body(one));
  for (const { name, reason } of missing) {
    const title = `${theme}, ${name}: ${reason}`;
    if (process.env.CI === 'true') {
      test(title, () => {
        throw new Error(reason);
      });
    } else test.skip(title);
  }
}
