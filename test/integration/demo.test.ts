/** The demo as a user runs it: what it prints, how it ends, and what it leaves behind. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { atom, HiddenNode, type Pid, registered, type Term, type Tuple, tuple } from '../../lib/index.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = join(ROOT, 'build/demo/main.js');
const ONE = 'one@127.0.0.1';
const JS = 'js@127.0.0.1';

/** One run of the demo, which can be found among the processes of the machine with all that it starts. */
class DemoRun {
  readonly #mark = `DEMO_TEST=${randomUUID()}`;
  readonly #child: ChildProcess;
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
  output = '';

  constructor(args: string[], folder: string, path = process.env.PATH) {
    const [name, value] = this.#mark.split('=') as [string, string];
    const env = { ...process.env, TMPDIR: folder, PATH: path, [name]: value };
    this.#child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.on('data', (chunk: Buffer) => {
        this.output += chunk.toString();
      });
    }
    this.ended = new Promise((resolve) => this.#child.once('close', (code, signal) => resolve({ code, signal })));
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Waits until the demo has printed the text. */
  async printed(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      if (this.#child.exitCode !== null) throw new Error(`the demo ended without '${text}':\n${this.output}`);
      await delay(5);
    }
  }

  /** The processes of this run, the demo itself included; zombies, which nobody has waited for, have ended. */
  processes(): { pid: number; command: string; environment: string[] }[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => {
        const [command, environment] = ['cmdline', 'environ'].map((file) => fields(`/proc/${pid}/${file}`));
        return { pid: Number(pid), command: command!.join(' '), environment: environment! };
      })
      .filter(({ environment }) => environment.includes(this.#mark));
  }

  /** The operating-system process of an Erlang node. */
  beam(name: string): { pid: number; environment: string[] } {
    const found = this.processes().find(({ command }) => command.includes(`-name ${name}`));
    if (found === undefined) throw new Error(`no process of ${name}`);
    return found;
  }

  /** Joins the cluster of the demo as a node of its own, which EPMD does not know. */
  async intruder(): Promise<HiddenNode> {
    const variables = new Map(this.beam(ONE).environment.map((entry) => entry.split(/=(.*)/s) as [string, string]));
    const cookie = readFileSync(join(variables.get('HOME')!, '.erlang.cookie'), 'latin1');
    const epmd = { port: Number(variables.get('ERL_EPMD_PORT')) };
    return HiddenNode.start({ name: 'intruder@127.0.0.1', cookie, epmd, listen: false });
  }
}

/** The fields of a file of `/proc`; none when the process has ended or belongs to somebody else. */
function fields(path: string): string[] {
  try {
    return readFileSync(path, 'latin1').split('\0');
  } catch {
    return [];
  }
}

/**
 * Resolves when the first Erlang node is busy with the burst. Not by a question to its handler, which would have to wait
 * behind the messages that are there already.
 *
 * @returns the handler
 */
async function burstArrives(run: DemoRun, intruder: HiddenNode): Promise<Pid> {
  const handler = await intruder.rpc<Pid>(ONE, 'erlang', 'whereis', [atom('hidden_node_demo')]);
  const work = async () => {
    const info = [handler, atom('reductions')];
    const { elements } = await intruder.rpc<Tuple<[key: Term, value: number]>>(ONE, 'erlang', 'process_info', info);
    return elements[1];
  };
  await run.printed('6 Burst');
  const before = await work();
  while ((await work()) < before + 5_000);
  return handler;
}

/** `/proc` is how a forgotten process would be found. */
describe.skipIf(process.platform !== 'linux')('the demo', { timeout: 90_000 }, () => {
  let folder: string;
  let run: DemoRun;

  beforeAll(() => {
    execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.demo.json'], {
      cwd: ROOT,
    });
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'demo-test-'));
  });
  afterEach(() => {
    for (const { pid } of run.processes()) process.kill(pid, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  function start(...args: string[]): DemoRun {
    run = new DemoRun(args, folder);
    return run;
  }

  function expectNothingLeft(): void {
    expect(run.processes()).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  }

  test('passes, and reports what every receiver holds', async () => {
    start();
    expect(await run.ended, run.output).toEqual({ code: 0, signal: null });
    expect(run.output).toContain('12 of 12 pongs');
    const thousands = run.output.match(/^ {4}(one|two|three|js) .*1,000 .*1,000/gm);
    expect(thousands).toHaveLength(4);
    expect(run.output).toContain('12,000 sent, 12,000 held');
    expect(run.output).toMatch(/^ {4}js to one +200,000 +0 +0 +0 +[\d,]{5,} +[\d,]{5,}$/m);
    expect(run.output).toMatch(/^ {4}three to js +200,000 +0 +0 +0 +[\d,]{5,} +[\d,]{5,}$/m);
    expect(run.output).toMatch(/^PASSED 412,000 messages sent, 412,000 received/m);
    expect(run.output, 'no colours in a pipe').not.toContain('\x1b');
    expect(run.output.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expectNothingLeft();
  });

  test.each([
    ['SIGINT', 130, '1 Start'],
    ['SIGINT', 130, '2 Join'],
    ['SIGINT', 130, '6 Burst'],
    ['SIGTERM', 143, '6 Burst'],
  ] as const)('ends by %s with exit code %i during "%s", and leaves nothing behind', async (signal, code, step) => {
    start('--burst', '5000000');
    await run.printed(step);
    run.signal(signal);
    expect(await run.ended, run.output).toEqual({ code, signal: null });
    expect(run.output).toContain(`interrupted by ${signal}`);
    expectNothingLeft();
  });

  test.each(['2 Join', '6 Burst'])('leaves nothing behind when it is killed during "%s"', async (step) => {
    start('--burst', '5000000');
    await run.printed(step);
    expect(run.processes().length).toBeGreaterThan(4);
    run.signal('SIGKILL');
    expect((await run.ended).signal).toBe('SIGKILL');
    await vi.waitFor(expectNothingLeft, { timeout: 20_000, interval: 50 });
  });

  test('fails when an Erlang node dies in the burst', async () => {
    start('--burst', '5000000');
    await run.printed('6 Burst');
    process.kill(run.beam(ONE).pid, 'SIGKILL');
    expect(await run.ended, run.output).toEqual({ code: 1, signal: null });
    expect(run.output).toContain(`FAILED at step 6 (Burst): ${ONE} ended unexpectedly (killed by SIGKILL)`);
    expectNothingLeft();
  });

  test('finds out when messages are lost while all nodes and links stay up', async () => {
    // Long enough for the other handler to be there before anybody asks for the report.
    start('--burst', '3000000');
    await run.printed('5 Messages');
    await using intruder = await run.intruder();
    const handler = await burstArrives(run, intruder);
    // It is killed with all that it has counted, and another takes its place.
    await intruder.rpc(ONE, 'erlang', 'exit', [handler, atom('kill')]);
    await intruder.rpc(ONE, 'hidden_node_demo', 'start');
    expect(await run.ended, run.output).toEqual({ code: 1, signal: null });
    expect(run.output).toMatch(/FAILED js@127\.0\.0\.1 to one@127\.0\.0\.1: [\d,]+ of 3,000,000 messages lost\./);
    expect(run.output).toMatch(/^FAILED 6,012,000 messages sent, [\d,]+ received/m);
    expectNothingLeft();
  });

  test('finds out when a message arrives twice', async () => {
    start('--burst', '1000000');
    await run.printed('5 Messages');
    await using intruder = await run.intruder();
    await burstArrives(run, intruder);
    intruder.send(registered('hidden_node_demo', ONE), tuple(atom('burst'), atom(JS), 1, 'again'));
    expect(await run.ended, run.output).toEqual({ code: 1, signal: null });
    expect(run.output).toContain(`FAILED ${JS} to ${ONE}: 1 of 1,000,000 messages twice.`);
    expectNothingLeft();
  });

  test('says how to install Erlang when there is none', async () => {
    run = new DemoRun([], folder, '/nowhere');
    expect(await run.ended).toEqual({ code: 1, signal: null });
    expect(run.output).toContain('Erlang is not installed (not on the PATH: erl, erlc, epmd). On Debian: sudo apt-get');
    expectNothingLeft();
  });

  test('explains a wrong command line', async () => {
    start('--burst', 'many');
    expect(await run.ended).toEqual({ code: 2, signal: null });
    expect(run.output).toContain("--burst is a whole number from 1 to 50000000, not 'many'.");
  });
});
