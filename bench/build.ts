/** Makes the programs that the suite compares with and that are not Node.js: Erlang modules, C on ei, Java on JInterface. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** From `build/bench/bench/`, where the compiled suite is. */
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PEERS = join(ROOT, 'bench/peers');
const ERLANG = join(ROOT, 'bench/erlang');

/** The contestants that are not Node.js. */
export const PROGRAMS = ['beam', 'ei', 'limit', 'jinterface'] as const;
export type ProgramName = (typeof PROGRAMS)[number];

/** How to start a program: full node name of its own, that of the peer, cookie. No shell is involved. */
export type Start = (own: string, peer: string, cookie: string) => { command: string; args: string[] };

export interface Programs {
  /** The folder of the compiled Erlang modules, `hidden_node_peer` among them. */
  beamPath: string;
  /** Those that can be started. */
  start: Partial<Record<ProgramName, Start>>;
  /** Why each of the others cannot. */
  missing: Partial<Record<ProgramName, string>>;
}

/** A compilation: what it makes, and of what. */
interface Step {
  output: string;
  sources: readonly string[];
  command: string;
  args: readonly string[];
}

/**
 * Compiles what is not up to date.
 *
 * @param folder - where the programs go, such as `build/bench-peers`; it is made
 * @throws Error when something cannot be compiled although all that it needs is installed
 */
export function buildPeers(folder: string): Programs {
  mkdirSync(folder, { recursive: true });
  const programs: Programs = { beamPath: folder, start: {}, missing: {} };
  buildErlang(folder);
  programs.start.beam = beam(folder);
  const ei = eiFolder();
  for (const name of ['ei', 'limit'] as const) {
    const reason = missingForC(ei);
    if (reason !== undefined) programs.missing[name] = reason;
    else programs.start[name] = plain([buildC(name, folder, ei!)]);
  }
  const jar = jinterface();
  const reason = missingForJava(jar);
  if (reason !== undefined) programs.missing.jinterface = reason;
  else programs.start.jinterface = plain(buildJava(folder, jar!));
  return programs;
}

/** Names and cookie are its arguments. */
function plain([command, ...args]: readonly string[]): Start {
  return (...names) => ({ command: command!, args: [...args, ...names] });
}

/** An ordinary node, except that it does not lose a peer that has nothing to say for a minute. */
function beam(folder: string): Start {
  return (own, peer, cookie) => ({
    command: 'erl',
    args: [
      ...['-noshell', '-start_epmd', 'false', '-kernel', 'logger_level', 'error', '-kernel', 'net_ticktime', '3600'],
      ...['-name', own, '-setcookie', cookie, '-pa', folder, '-run', 'hidden_node_contestant', 'main', peer],
    ],
  });
}

function buildErlang(folder: string): void {
  for (const name of ['hidden_node_peer', 'hidden_node_contestant']) {
    const source = join(ERLANG, `${name}.erl`);
    const args = ['-Wall', '-Werror', '-o', folder, source];
    build({ output: join(folder, `${name}.beam`), sources: [source], command: 'erlc', args });
  }
}

function buildC(name: 'ei' | 'limit', folder: string, ei: string): string {
  const sources = [name, ...(name === 'ei' ? ['pending'] : []), 'traffic', 'contestant'].map((file) =>
    join(PEERS, `${file}.c`),
  );
  const headers = ['contestant.h', 'traffic.h', 'pending.h'].map((file) => join(PEERS, file));
  const output = join(folder, name);
  const flags = ['-std=c11', '-D_POSIX_C_SOURCE=200809L', '-D_REENTRANT', '-O2', '-Wall', '-Wextra', '-Werror'];
  // What is included as a system header is not ours to mend.
  const args = [
    ...flags,
    '-isystem',
    join(ei, 'include'),
    ...sources,
    join(ei, 'lib/libei.a'),
    '-lpthread',
    '-o',
    output,
  ];
  build({ output, sources: [...sources, ...headers], command: compiler(), args });
  return output;
}

function buildJava(folder: string, jar: string): string[] {
  const source = join(PEERS, 'Contestant.java');
  const args = ['-Xlint:all', '-Werror', '-cp', jar, '-d', folder, source];
  build({ output: join(folder, 'Contestant.class'), sources: [source], command: 'javac', args });
  return ['java', '-cp', `${jar}:${folder}`, 'Contestant'];
}

/** Does a step unless the same was done before to the same sources. */
function build({ output, sources, command, args }: Step): void {
  const stamp = `${output}.stamp`;
  const inputs = JSON.stringify([command, args, sources.map((source) => statSync(source).mtimeMs)]);
  if (existsSync(output) && existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs) return;
  execFileSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  writeFileSync(stamp, inputs);
}

const compiler = () => process.env.CC ?? 'cc';

/** The folder of erl_interface, as the native builds find it. */
function eiFolder(): string | undefined {
  try {
    return execFileSync(process.execPath, [join(ROOT, 'scripts/find-ei.mjs')], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return undefined;
  }
}

function missingForC(ei: string | undefined): string | undefined {
  if (ei === undefined) return 'ei is not installed (Debian: erlang-dev)';
  return answers(compiler(), '--version') ? undefined : `there is no C compiler (${compiler()})`;
}

/** The archive of JInterface. It is a library of Erlang's, beside all the others. */
function jinterface(): string | undefined {
  const expression = 'io:put_chars(code:lib_dir()), halt().';
  const ask = ['-noshell', '-boot', 'no_dot_erlang', '-eval', expression];
  const libraries = execFileSync('erl', ask, { encoding: 'utf8' }).trim();
  return readdirSync(libraries)
    .filter((name) => name.startsWith('jinterface-'))
    .map((name) => join(libraries, name, 'priv/OtpErlang.jar'))
    .find((path) => existsSync(path));
}

function missingForJava(jar: string | undefined): string | undefined {
  if (jar === undefined) return 'erlang-jinterface is not installed';
  return answers('javac', '-version') && answers('java', '-version') ? undefined : 'there is no JDK (javac and java)';
}

function answers(command: string, argument: string): boolean {
  try {
    execFileSync(command, [argument], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
