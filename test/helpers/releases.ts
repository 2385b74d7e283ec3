/**
 * The releases of Erlang/OTP and Elixir that tests can run against: this machine's own, and those in the folders that
 * scripts/otp-release.sh has made. The nodes of all share this machine's network.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, test } from 'vitest';
import type { BeamOptions } from './beam-node.ts';

export interface Release {
  /** The number of Erlang/OTP, such as 27. */
  readonly otp: number;
  /** The version of Elixir, such as `1.18.3`; undefined when it has none. */
  readonly elixir: string | undefined;
  /** For `Cluster.beam` and `Cluster.elixir`: what makes them run this release. */
  readonly options: BeamOptions;
}

/** A release that tests cannot have, and why. */
interface Missing {
  readonly name: string;
  readonly reason: string;
  /** Its archive changes from day to day, and cannot always be had. */
  readonly unstable?: boolean;
}

const SCRIPT = join(import.meta.dirname, '../../scripts/otp-release.sh');

/** Erlang's own note of the release that starts: `13.1.5 25`. */
function otpOf(folder: string): number {
  return Number(readFileSync(join(folder, 'releases/start_erl.data'), 'latin1').trim().split(' ')[1]);
}

function elixirOf(folder: string): string | undefined {
  const application = readFileSync(join(folder, 'lib/elixir/ebin/elixir.app'), 'utf8');
  return /\{vsn,\s*"(.*?)"\}/.exec(application)?.[1];
}

/** The folder in whose folder `bin` a program lies, with all that belongs to it. */
function homeOf(program: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, program));
  const found = folders.find((path) => existsSync(path));
  return found && join(realpathSync(found), '../..');
}

function own(): Release | Missing {
  const [erlang, elixir] = [homeOf('erl'), homeOf('elixir')];
  if (erlang === undefined) return { name: 'the OTP of this machine', reason: 'there is no erl' };
  return { otp: otpOf(erlang), elixir: elixir && elixirOf(elixir), options: {} };
}

/** @param line - what the script prints: the suite, and the folder if there is one */
function other(line: string): Release | Missing {
  const [suite = '', root] = line.split(' ');
  const name = `the OTP of Debian ${suite}`;
  const unstable = suite === 'sid';
  if (root === undefined) return { name, unstable, reason: `not there; as root: bash scripts/otp-release.sh ${suite}` };
  if (process.getuid?.() !== 0) return { name, unstable, reason: 'entering its folder needs root' };
  const lib = join(root, 'usr/lib');
  return { otp: otpOf(join(lib, 'erlang')), elixir: elixirOf(join(lib, 'elixir')), options: { root } };
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

/** In place of the tests of a release: skipped, with the reason in the name; with `CI=true` a test that fails, unless it is unstable. */
function report(theme: string, { name, reason, unstable = false }: Missing): void {
  const title = `${theme}, ${name}: ${reason}`;
  if (unstable || process.env.CI !== 'true') test.skip(title);
  else {
    test(title, () => {
      throw new Error(reason);
    });
  }
}

/**
 * A `describe` for each release. One that cannot be had is skipped, with the reason in its name; under continuous integration
 * (`CI=true`) it is a test that fails, except for sid, which changes from day to day.
 *
 * @param theme - what the tests are about
 * @param body - as that of `describe`
 */
export function describeReleases(theme: string, body: (release: Release) => void): void {
  for (const one of releases) describe(`${theme}, OTP ${one.otp}`, () => body(one));
  for (const one of missing) report(theme, one);
}

/** The same as {@link describeReleases} for the Elixir of each release. */
export function describeElixirs(theme: string, body: (release: Release) => void): void {
  for (const one of releases) {
    if (one.elixir === undefined) report(theme, { name: `Elixir on OTP ${one.otp}`, reason: 'there is no elixir' });
    else describe(`${theme}, Elixir ${one.elixir} on OTP ${one.otp}`, () => body(one));
  }
  for (const one of missing) report(theme, one);
}
