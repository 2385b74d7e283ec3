/** Programs of the hazard tests: each runs in a process of its own on the built library, as a user's would. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { until } from './until.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PROGRAMS = join(ROOT, 'test/hazard/programs');

async function newest(folder: string): Promise<number> {
  let time = 0;
  for (const entry of await readdir(folder, { recursive: true })) {
    time = Math.max(time, (await stat(join(folder, entry))).mtimeMs);
  }
  return time;
}

async function isBuilt(): Promise<boolean> {
  const built = await stat(join(ROOT, 'dist/index.js')).catch(() => undefined);
  return built !== undefined && built.mtimeMs > (await newest(join(ROOT, 'lib')));
}

/** Builds `dist` when it is older than `lib`. Test files run side by side; one of them builds, the others wait. */
export async function ensureBuilt(): Promise<void> {
  const lock = join(ROOT, 'node_modules/.hidden-node-build-lock');
  await until('the build', async () => {
    if (await isBuilt()) return true;
    try {
      await mkdir(lock);
    } catch {
      const held = await stat(lock).catch(() => undefined);
      // Whoever held it is gone: no build takes as long.
      if (held !== undefined && Date.now() - held.mtimeMs > 60_000) await rmdir(lock).catch(() => undefined);
      return false;
    }
    try {
      const tsc = join(ROOT, 'node_modules/.bin/tsc');
      await promisify(execFile)(tsc, ['-p', join(ROOT, 'tsconfig.build.json')]);
      return true;
    } finally {
      await rmdir(lock);
    }
  });
}

export interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  /** Of Node.js, such as `--expose-gc`. */
  flags?: string[];
  /** Is called with each line that the program prints. */
  line?: (text: string) => void;
  /** Milliseconds after which the program is killed, which its outcome then shows. */
  timeout?: number;
}

/**
 * Runs a program of `test/hazard/programs` to its end.
 *
 * @param facts - what it finds, as JSON, in its first argument
 */
export async function run(program: string, facts: object, options: RunOptions = {}): Promise<Outcome> {
  const { flags = [], line, timeout = 25_000 } = options;
  const child = spawn(process.execPath, [...flags, join(PROGRAMS, program), JSON.stringify(facts)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // What the test runner needs of Node.js is not what the program needs.
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  let [stdout, stderr] = ['', ''];
  let told = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    for (let end = stdout.indexOf('\n', told); end >= 0; end = stdout.indexOf('\n', told)) {
      line?.(stdout.slice(told, end));
      told = end + 1;
    }
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), timeout);
  const [code, signal] = await once(child, 'close');
  clearTimeout(timer);
  return { code, signal, stdout, stderr };
}

/** What a program that ended well looks like: its exit code, no signal, its last line, and nothing on stderr. */
export function ended(code = 0, stdout: unknown = 'done\n'): object {
  return { code, signal: null, stdout, stderr: '' };
}
