/** The Erlang programs of this machine, and our module compiled by them. */
import { accessSync, constants, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Children } from './children.ts';

/** From `build/demo/`, where the compiled demo is. */
const SOURCE = fileURLToPath(new URL('../../demo/erlang/hidden_node_demo.erl', import.meta.url));
const EBIN = fileURLToPath(new URL('./ebin', import.meta.url));

/** What the demo needs of Erlang. */
export interface Toolchain {
  /** The OTP release, such as `25`. */
  release: string;
  /** The start script of the release itself. What the PATH has may be the wrapper of a version manager that needs HOME. */
  erl: string;
  /** The folder of the compiled module. */
  ebin: string;
}

/**
 * The environment for Erlang programs: without what is meant for this Node.js process, such as a sanitizer's preload, and
 * without flags that would give the nodes other names or another EPMD.
 */
export function erlangEnvironment(): NodeJS.ProcessEnv {
  const foreign = /^(LD_PRELOAD|NODE_OPTIONS|ERL_.*FLAGS|ERL_LIBS|ERL_EPMD_.*|ERL_CRASH_DUMP.*)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

/**
 * Finds Erlang on the PATH and compiles the module of the demo.
 *
 * @param children - runs the programs
 * @throws Error with a sentence for the user, or the reason of the signal
 */
export async function prepareToolchain(children: Children, signal: AbortSignal): Promise<Toolchain> {
  const missing = ['erl', 'erlc', 'epmd'].filter((program) => !onPath(program));
  if (missing.length > 0) {
    throw new Error(
      `Erlang is not installed (not on the PATH: ${missing.join(', ')}). On Debian: sudo apt-get install erlang-nox`,
    );
  }
  mkdirSync(EBIN, { recursive: true });
  const common = { env: erlangEnvironment(), cwd: process.cwd() };
  const about = 'io:format("~ts~n~ts~n", [erlang:system_info(otp_release), code:root_dir()]), halt().';
  const ask = { ...common, label: 'erl', command: 'erl', args: ['-noinput', '-boot', 'no_dot_erlang', '-eval', about] };
  const compile = { ...common, label: 'erlc', command: 'erlc', args: ['-Wall', '-o', EBIN, SOURCE] };
  const [answer] = await Promise.all([children.run(ask, signal), children.run(compile, signal)]);
  const [release, root] = answer.trim().split('\n').slice(-2);
  return { release: release!, erl: join(root!, 'bin', 'erl'), ebin: EBIN };
}

function onPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => isExecutable(join(folder || '.', program)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
