/** A process that does the suite's tasks, one at a time, and what it costs the machine. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { hasEnded, killed } from '../test/helpers/child.ts';
import { cpuTime } from './cpu-time.ts';
import type { Sample, Workload } from './results.ts';

/** The longest that a task may take, in milliseconds: a contestant that hangs must not hang the suite. */
const TASK_TIMEOUT = 180_000;

/** What one task is. */
export interface Task {
  workload: Workload;
  bytes: number;
  count: number;
  outstanding: number;
}

/** How a contestant is started. */
export interface ContestantSpec {
  /** As the results call it. */
  label: string;
  /** Its full node name. */
  node: string;
  command: string;
  args: readonly string[];
}

/** The figures that a contestant answers with, in microseconds. */
interface Answer {
  elapsed?: number;
  p50?: number;
  p99?: number;
  error?: string;
}

export class Contestant {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(
    readonly spec: ContestantSpec,
    env: NodeJS.ProcessEnv,
  ) {
    this.#child = spawn(spec.command, spec.args, { stdio: ['pipe', 'pipe', 'inherit'], env });
    this.#child.stdin!.on('error', () => undefined);
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  /** Starts it, and waits until it is connected to the peer. */
  static async start(spec: ContestantSpec, env: NodeJS.ProcessEnv): Promise<Contestant> {
    const contestant = new Contestant(spec, env);
    const line = await contestant.#line();
    if (line === 'ready') return contestant;
    await contestant.stop();
    throw new Error(`${spec.label} did not start: ${line}`);
  }

  /**
   * Runs one task.
   *
   * @param peer - the process of the peer, whose CPU time is measured as well
   * @returns undefined when the contestant has nothing of the kind
   */
  async run(task: Task, peer: number): Promise<Sample | undefined> {
    const { workload, bytes, count, outstanding } = task;
    const [mine, theirs] = [cpuTime(this.pid), cpuTime(peer)];
    this.#child.stdin!.write(`${workload} ${bytes} ${count} ${outstanding}\n`);
    const { error, elapsed, p50, p99 } = JSON.parse(await this.#line()) as Answer;
    const [mineAfter, theirsAfter] = [cpuTime(this.pid), cpuTime(peer)];
    if (error === 'unsupported') return undefined;
    if (error !== undefined || elapsed === undefined)
      throw new Error(`${this.spec.label} failed at ${workload}: ${error}`);
    return {
      count,
      elapsed,
      cpu: mineAfter.all - mine.all,
      loopCpu: mineAfter.main - mine.main,
      peerCpu: theirsAfter.all - theirs.all,
      ...(p50 === undefined ? {} : { p50 }),
      ...(p99 === undefined ? {} : { p99 }),
    };
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Lets it end by itself. */
  async end(): Promise<void> {
    this.#child.stdin!.end();
    if (!hasEnded(this.#child)) await once(this.#child, 'exit');
  }

  async stop(): Promise<void> {
    await killed(this.#child);
  }

  async #line(): Promise<string> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`${this.spec.label} does not answer`)), TASK_TIMEOUT);
    });
    try {
      const { value, done } = await Promise.race([this.#lines.next(), late]);
      if (done) throw new Error(`${this.spec.label} has ended`);
      return value;
    } finally {
      clearTimeout(timer);
    }
  }
}
