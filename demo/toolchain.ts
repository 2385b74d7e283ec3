/** The Erlang programs of this machine, and our module compiled by them. */
import { execFile } from 'node:child_process';
import { accessSync, constants, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

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
 * @throws Error with a sentence for the user
 */
export async function prepareToolchain(signal: AbortSignal): Promise<Toolchain> {
  const missing = ['erl', 'erlc', 'epmd'].filter((program) => !onPath(program));
  if (missing.length > 0) {
    throw new Error(
      `Erlang is needed and ${missing.join(', ')} is not on the PATH; on Debian: sudo apt-get install erlang-base`,
    );
  }
  mkdirSync(EBIN, { recursive: true });
  const options = { env: erlangEnvironment(), signal };
  const print = 'io:format("~ts~n~ts~n", [erlang:system_info(otp_release), code:root_dir()]), halt().';
  const [about] = await Promise.all([
    run('erl', ['-noinput', '-boot', 'no_dot_erlang', '-eval', print], options),
    run('erlc', ['-Wall', '-o', EBIN, SOURCE], options),
  ]);
  const [release, root] = about.stdout.trim().split('\n');
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
