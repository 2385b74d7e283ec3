/**
 * Prints the folder of erl_interface (it holds include/ei.h and lib/libei.a) for the native builds.
 * ERL_INTERFACE_DIR names it outright; else the `erl` on the PATH is asked.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

function ask() {
  const expression = 'io:put_chars(code:lib_dir(erl_interface)), halt().';
  const { stdout, status } = spawnSync('erl', ['-noshell', '-boot', 'no_dot_erlang', '-eval', expression], {
    encoding: 'utf8',
    env: { ...process.env, ERL_FLAGS: '', LD_PRELOAD: '' },
  });
  return status === 0 ? stdout.trim() : undefined;
}

const folder = process.env.ERL_INTERFACE_DIR ?? ask();
if (!folder || !existsSync(join(folder, 'include', 'ei.h')) || !existsSync(join(folder, 'lib', 'libei.a'))) {
  console.error(
    'hidden-node: ei was not found. Install it (Debian: apt-get install erlang-nox erlang-dev) or set ERL_INTERFACE_DIR.',
  );
  process.exit(1);
}
process.stdout.write(folder);
