/** Gets the rivals and builds the native codec, on need. All of it goes into folders that git ignores. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The folder of the repository; this file runs from build/bench/bench/codec. */
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const HERE = join(ROOT, 'bench', 'codec');
const NATIVE = join(HERE, 'native');
/** A package of its own: the package itself depends on none of them. */
const RIVALS = join(HERE, 'rivals');

/** Loads a rival, or a file. */
export const requireHere: NodeJS.Require = createRequire(join(RIVALS, 'package.json'));

/** The line of a command's output that says what went wrong. */
function faultIn(output: string): string | undefined {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return lines.find((line) => /error|ERR!/.test(line)) ?? lines.at(-1);
}

/** Runs a command to its end, with Node's own headers for node-gyp where they lie beside the node that runs. */
async function command(file: string, args: string[], cwd: string): Promise<void> {
  const prefix = dirname(dirname(process.execPath));
  const headers = existsSync(join(prefix, 'include', 'node', 'node_api.h'));
  const env = headers ? { ...process.env, npm_config_nodedir: prefix } : process.env;
  try {
    await run(file, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    throw new Error(`${basename(file)} ${args[0]} failed: ${faultIn(stderr) ?? String(error)}`);
  }
}

function npm(...args: string[]): Promise<void> {
  return command('npm', args, RIVALS);
}

let installed: Promise<void> | undefined;

/** Installs what rivals/package.json names, once for all. */
export function installRivals(): Promise<void> {
  installed ??= ['erlang_js', 'erlpack', 'msgpackr'].every((name) => existsSync(join(RIVALS, 'node_modules', name)))
    ? Promise.resolve()
    : npm('install', '--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--ignore-scripts');
  return installed;
}

/** The same for erlpack, which needs to be compiled. */
export async function installErlpack(): Promise<void> {
  await installRivals();
  const built = join(RIVALS, 'node_modules', 'erlpack', 'build', 'Release', 'erlpack.node');
  if (existsSync(built)) return;
  await command(join(ROOT, 'node_modules', '.bin', 'node-gyp'), ['rebuild'], join(RIVALS, 'node_modules', 'erlpack'));
}

/** Builds the addon of native/ when it is missing or older than its sources, and tells where it is. */
export async function buildNative(): Promise<string> {
  const addon = join(NATIVE, 'build', 'Release', 'ei_codec.node');
  const sources = readdirSync(NATIVE).filter((name) => /\.(cc|h|gyp)$/.test(name));
  const changed = Math.max(...sources.map((name) => statSync(join(NATIVE, name)).mtimeMs));
  if (existsSync(addon) && statSync(addon).mtimeMs >= changed) return addon;
  await command(join(ROOT, 'node_modules', '.bin', 'node-gyp'), ['rebuild'], NATIVE);
  return addon;
}
