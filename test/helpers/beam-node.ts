/**
 * What real nodes of Erlang and of Elixir have in common in the tests: each is a process that evaluates the expressions sent to its
 * standard input, so that a test can look at the cluster from the other side without using the library under test.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { killed } from './child.ts';

export interface BeamOptions {
  /** Full node name; with `short: true` it is a short one. Absent: a node that is not distributed. */
  name?: string;
  short?: boolean;
  cookie?: string;
  epmdPort?: number;
  /** Further arguments of `erl`. */
  arguments?: string[];
  environment?: Record<string, string>;
  executable?: string;
  /** The folder of another system, whose executable is run in place of this machine's. */
  root?: string;
}

/** Arguments of `erl` that every node gets: it starts no epmd, and says only what is wrong. */
export const QUIET = ['-start_epmd', 'false', '-kernel', 'logger_level', 'error'];

/** Starts the program of a node. The process that is returned becomes the emulator itself: each step before it is an `exec`. */
export function launch(executable: string, args: string[], options: BeamOptions): ChildProcess {
  const env: NodeJS.ProcessEnv = { ...process.env, ERL_CRASH_DUMP_SECONDS: '0', ...options.environment };
  if (options.epmdPort !== undefined) env.ERL_EPMD_PORT = String(options.epmdPort);
  // It must not inherit what only concerns the Node.js process (a sanitizer's preload, for one).
  delete env.LD_PRELOAD;
  delete env.NODE_OPTIONS;
  if (options.root === undefined) return spawn(executable, args, { env, stdio: 'pipe' });
  return spawn('chroot', [options.root, executable, ...args], { env: { ...env, HOME: '/root' }, stdio: 'pipe' });
}

/**
 * The program on the other side prints `@@up` when it is ready; then it reads lines, each the base64 of an expression, and answers each
 * with `@@ok` or the kind of the failure, and the base64 of the printed value.
 */
export abstract class BeamNode {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  #queue: Promise<unknown> = Promise.resolve();
  readonly #log: string[] = [];

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#answers = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    child.stderr!.on('data', (chunk: Buffer) => this.#log.push(chunk.toString()));
    child.on('error', (error) => this.#log.push(String(error)));
    // Whoever writes to a node that has ended hears of it from the missing answer.
    child.stdin!.on('error', () => undefined);
  }

  /** For the `start` of each kind of node. */
  protected async untilUp(): Promise<this> {
    const line = await this.#nextAnswer();
    if (line !== 'up') throw new Error(`the node did not start: ${line}\n${this.log}`);
    return this;
  }

  /** Evaluates an expression sequence; bindings are kept. Resolves to the value as its language prints it. */
  async evaluate(expression: string): Promise<string> {
    const turn = this.#queue.then(async () => {
      this.#child.stdin!.write(`${Buffer.from(expression).toString('base64')}\n`);
      const answer = await this.#nextAnswer();
      const space = answer.indexOf(' ');
      const text = Buffer.from(answer.slice(space + 1), 'base64').toString('utf8');
      if (answer.slice(0, space) !== 'ok') throw new Error(`${expression} raised ${text}`);
      return text;
    });
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  /** Evaluates until the printed value equals `expected` (a state is awaited, never a time), within `timeout` milliseconds. */
  async evaluateUntil(expression: string, expected: string, timeout = 15_000): Promise<void> {
    const end = Date.now() + timeout;
    for (;;) {
      const value = await this.evaluate(expression);
      if (value === expected) return;
      if (Date.now() > end) throw new Error(`${expression} is still ${value}, not ${expected}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get log(): string {
    return this.#log.join('');
  }

  /** Sends a signal to the operating-system process, such as SIGKILL, SIGSTOP or SIGCONT; after SIGSTOP it does nothing any more. */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
    if (name === 'SIGSTOP' && process.platform === 'linux') while (!isStopped(this.pid));
  }

  async stop(): Promise<void> {
    await killed(this.#child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #nextAnswer(): Promise<string> {
    for (;;) {
      const { value, done } = await this.#answers.next();
      if (done) throw new Error(`the node ended\n${this.log}`);
      if (value.startsWith('@@')) return value.slice(2);
      this.#log.push(`${value}\n`);
    }
  }
}

/** Threads stop one after another, a moment after the signal was sent. */
function isStopped(pid: number): boolean {
  return readdirSync(`/proc/${pid}/task`).every((thread) => {
    const status = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1');
    return /^[Tt]/.test(status.slice(status.lastIndexOf(')') + 2));
  });
}
