/** The command `hidden-node epmd`, as npm packs and installs it, run as npx runs it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { names } from '../../lib/index.ts';
import { killed } from '../helpers/child.ts';
import { uniqueName } from '../helpers/cluster.ts';
import { freePort } from '../helpers/epmd.ts';
import { alive, EpmdTalk, KILL } from '../helpers/epmd-talk.ts';
import { ErlangNode } from '../helpers/erlang.ts';
import { ensureBuilt } from '../helpers/program.ts';
import { until } from '../helpers/until.ts';

const ROOT = join(import.meta.dirname, '../..');
let folder: string;
let program: string;

beforeAll(async () => {
  await ensureBuilt();
  folder = await mkdtemp(join(tmpdir(), 'hidden-node-cli-'));
  const env = { ...process.env };
  delete env.LD_PRELOAD;
  const npm = (...args: string[]) => promisify(execFile)('npm', args, { cwd: folder, env });
  const { stdout } = await npm('pack', ROOT, '--ignore-scripts', '--json');
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  const project = {
    dependencies: { 'hidden-node': `file:${filename}` },
    // From here, so that no registry is asked.
    overrides: { 'node-gyp-build': `file:${join(ROOT, 'node_modules/node-gyp-build')}` },
  };
  await writeFile(join(folder, 'package.json'), JSON.stringify(project));
  // Nothing is compiled: the command needs no addon.
  await npm('install', '--ignore-scripts', '--offline', '--no-audit', '--no-fund');
  program = join(folder, 'node_modules/.bin/hidden-node');
});
afterAll(() => folder && rm(folder, { recursive: true, force: true }));

const children: ChildProcess[] = [];
afterEach(async () => {
  await Promise.all(children.splice(0).map(killed));
});

class Run {
  stdout = '';
  stderr = '';
  readonly child: ChildProcess;
  readonly #closed: Promise<unknown[]>;

  constructor(args: string[], environment: Record<string, string> = {}) {
    const { LD_PRELOAD: _, ...env } = { ...process.env, NODE_OPTIONS: '', ...environment } as NodeJS.ProcessEnv;
    this.child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
    children.push(this.child);
    this.child.stdout!.on('data', (chunk) => (this.stdout += chunk));
    this.child.stderr!.on('data', (chunk) => (this.stderr += chunk));
    this.#closed = once(this.child, 'close');
  }

  /** Waits until it says where it listens, and gives the port. */
  port(): Promise<number> {
    return until('the port', () => Number(/:(\d+)\n/.exec(this.stdout)?.[1] ?? Number.NaN) || undefined);
  }

  async end(): Promise<{ code: number; stdout: string; stderr: string }> {
    const [code, signal] = await this.#closed;
    return { code: (code ?? signal) as number, stdout: this.stdout, stderr: this.stderr };
  }
}

const run = (...args: string[]) => new Run(args).end();

describe('hidden-node epmd', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('runs until %s', async (signal) => {
    const epmd = new Run(['epmd', '--port', '0']);
    const port = await epmd.port();
    const keeper = await EpmdTalk.open(port);
    keeper.say(alive('app', { port: 40001 }));
    await keeper.gets(6);
    expect(await names({ port })).toEqual([{ name: 'app', port: 40001 }]);
    epmd.child.kill(signal);
    expect(await epmd.end()).toMatchObject({ code: 0, stderr: '' });
    await keeper.end();
    expect(epmd.stdout).toMatch(/^EPMD listens at 127\.0\.0\.1:\d+( and \[::1\]:\d+)?\n$/);
  });

  test('is an EPMD for Erlang nodes, and lists them', async () => {
    const epmd = new Run(['epmd', '--port', '0']);
    const port = await epmd.port();
    const [one, two] = [uniqueName('beam'), uniqueName('beam')];
    const first = await ErlangNode.start({ name: one, cookie: 'secret', epmdPort: port });
    const second = await ErlangNode.start({ name: two, cookie: 'secret', epmdPort: port });
    try {
      expect(await first.evaluate(`net_adm:ping('${two}')`)).toBe('pong');
      const listed = await run('epmd', 'names', '--port', String(port));
      expect(listed).toMatchObject({ code: 0, stderr: '' });
      const lines = listed.stdout.trim().split('\n');
      expect(lines.map((line) => /^name (\w+) at port \d+$/.exec(line)?.[1])).toEqual(
        [two, one].map((name) => name.split('@')[0]),
      );
    } finally {
      await Promise.all([first.stop(), second.stop()]);
    }
  });

  test('takes its port and addresses from the environment of Erlang', async () => {
    const port = await freePort();
    const epmd = new Run(['epmd'], { ERL_EPMD_PORT: String(port), ERL_EPMD_ADDRESS: '127.0.0.9' });
    expect(await epmd.port()).toBe(port);
    expect(await names({ host: '127.0.0.9', port })).toEqual([]);
  });

  test('listens where it is told to', async () => {
    const epmd = new Run(['epmd', '--port', '0', '--host', '127.0.0.8', '--host', '127.0.0.9']);
    const port = await epmd.port();
    for (const host of ['127.0.0.1', '127.0.0.8', '127.0.0.9']) expect(await names({ host, port })).toEqual([]);
  });

  test('may be killed by others only with --allow-kill', async () => {
    const [careful, relaxed] = [new Run(['epmd', '--port', '0']), new Run(['epmd', '--port', '0', '--allow-kill'])];
    expect(String(await EpmdTalk.ask(await careful.port(), KILL))).toBe('NO');
    expect(String(await EpmdTalk.ask(await relaxed.port(), KILL))).toBe('OK');
    expect(await relaxed.end()).toMatchObject({ code: 0, stderr: '' });
    expect(await names({ port: await careful.port() })).toEqual([]);
  });

  test('goes on when nobody reads what it says', async () => {
    const port = await freePort();
    const epmd = new Run(['epmd', '--port', String(port)]);
    epmd.child.stdout!.destroy();
    epmd.child.stderr!.destroy();
    await until('EPMD', () => names({ port }).catch(() => undefined));
    // By now it has heard that its line went nowhere.
    expect(await names({ port })).toEqual([]);
    epmd.child.kill('SIGTERM');
    expect((await epmd.end()).code).toBe(0);
  });

  test('prints no control characters of a name', async () => {
    const epmd = new Run(['epmd', '--port', '0']);
    const port = await epmd.port();
    const keeper = await EpmdTalk.open(port);
    keeper.say(alive('a\x1b[2Jb\x9bc'));
    await keeper.gets(6);
    expect((await run('epmd', 'names', '--port', String(port))).stdout).toBe('name a\\x1b[2Jb\\x9bc at port 4711\n');
    keeper.hangUp();
  });
});

describe('what goes wrong is one line with its code', () => {
  test('a port that is taken', async () => {
    const epmd = new Run(['epmd', '--port', '0']);
    const port = await epmd.port();
    expect(await run('epmd', '--port', String(port))).toEqual({
      code: 1,
      stdout: '',
      stderr: `hidden-node epmd: listen_failed: EPMD cannot listen at 127.0.0.1:${port}: EADDRINUSE\n`,
    });
  });

  test('no EPMD to list the names of', async () => {
    const port = String(await freePort());
    const outcome = await run('epmd', 'names', '--port', port);
    expect(outcome).toMatchObject({ code: 1, stdout: '' });
    expect(outcome.stderr).toMatch(/^hidden-node epmd: epmd_unreachable: .*ECONNREFUSED.*\n$/);
  });

  test.each([
    [[], 'no command was given'],
    [['nonsense'], "there is no command 'nonsense'"],
    [['constructor'], "there is no command 'constructor'"],
    [['epmd', '--nonsense'], "Unknown option '--nonsense'"],
    [['epmd', '--port'], "Option '--port <value>' argument missing"],
    [['epmd', '--port', 'http'], "a port is a number from 0 to 65535, not 'http'"],
    [['epmd', '--port', '65536'], "a port is a number from 0 to 65535, not '65536'"],
    [['epmd', '--host', ''], 'host of an EPMD is'],
    [['epmd', 'start'], "unexpected argument 'start'"],
    [['epmd', 'names', 'all'], "unexpected argument 'all'"],
    [['epmd', 'names', '--allow-kill'], "Unknown option '--allow-kill'"],
  ])('%j: %s', async (args, reason) => {
    const { code, stdout, stderr } = await run(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^hidden-node( epmd)?: invalid_argument: [^\n]*; see hidden-node (epmd )?--help\n$/);
    expect(stderr).toContain(reason);
  });
});

describe('help', () => {
  test.each([['--help'], ['-h']])('%s lists the commands', async (flag) => {
    const { code, stdout, stderr } = await run(flag);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('  epmd     run an EPMD');
  });

  test('of epmd has its options, exit codes and examples', async () => {
    const { code, stdout } = await run('epmd', '--port', 'x', '--help');
    expect(code).toBe(0);
    for (const part of ['--host', '--port', '--allow-kill', 'Exit codes:', 'Examples:', 'ERL_EPMD_PORT=4370 erl']) {
      expect(stdout).toContain(part);
    }
    expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
  });

  test('--version prints the version of the package', async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(await run('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});
