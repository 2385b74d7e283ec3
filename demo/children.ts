/** The processes that the demo starts, none of which may outlive it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds that a process has to end by itself before it is killed. */
const GRACE = 2_000;

/** The last of its output that is kept, in characters, to say why a process ended. */
const KEPT_OUTPUT = 2_000;

/** How to start a process. */
export interface ChildSpec {
  /** What to call it, such as `one@127.0.0.1`. */
  label: string;
  command: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  /** The folder to run in. */
  cwd: string;
}

/** A started process. */
export interface Child {
  readonly label: string;
  readonly pid: number;
  /** Its output; of a long one only the end. */
  output: string;
}

interface Running extends Child {
  readonly process: ChildProcess;
  readonly ended: Promise<End>;
}

/** How a process ended. */
interface End {
  good: boolean;
  how: string;
}

/**
 * Starts processes and ends them again, whatever happens to the demo:
 * - usually by {@link Children.stop};
 * - by a listener of `exit` when the demo ends by an uncaught exception or in a hurry;
 * - by the end of their standard input, a pipe from the demo, when the demo is killed by SIGKILL or crashes.
 */
export class Children {
  readonly #running = new Set<Running>();
  #stopping = false;

  /** @param onLost - told when a process ends that nobody has stopped */
  constructor(private readonly onLost: (error: Error) => void) {
    process.on('exit', this.#kill);
  }

  /**
   * Starts a process that runs until {@link Children.stop}, and ends by itself when its standard input ends. If it ends
   * earlier, or cannot be started, that is told to `onLost`.
   */
  start(spec: ChildSpec): Child {
    const child = this.#spawn(spec);
    void child.ended.then(({ how }) => {
      if (!this.#stopping) this.onLost(new Error(`${spec.label} ended unexpectedly (${how})${lastWords(child)}`));
    });
    return child;
  }

  /**
   * Runs a process to its end.
   *
   * @returns its output
   * @throws Error when it fails, with what it said; the reason of the signal
   */
  async run(spec: ChildSpec, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    const child = this.#spawn(spec);
    const kill = () => killGroup(child);
    signal.addEventListener('abort', kill);
    const { good, how } = await child.ended;
    signal.removeEventListener('abort', kill);
    signal.throwIfAborted();
    if (!good) throw new Error(`${spec.label} failed (${how})${lastWords(child)}`);
    return child.output;
  }

  /** Ends all processes, those started last first, and resolves when they are gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const child of [...this.#running].reverse()) await this.#end(child);
    process.off('exit', this.#kill);
  }

  async #end(child: Running): Promise<void> {
    child.process.stdin!.end();
    const timer = new AbortController();
    const grace = delay(GRACE, 'late', { signal: timer.signal }).catch(() => undefined);
    if ((await Promise.race([child.ended, grace])) === 'late') killGroup(child);
    await child.ended;
    timer.abort();
  }

  #spawn({ label, command, args, env, cwd }: ChildSpec): Running {
    // A session of its own, so that Ctrl-C reaches only the demo, which then ends its children in good order.
    const started = spawn(command, args, { env, cwd, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    // The process may be gone when its input is closed; that it is gone is noticed by its end.
    started.stdin.on('error', () => undefined);
    const child: Running = { label, pid: started.pid ?? 0, output: '', process: started, ended: endOf(started) };
    for (const stream of [started.stdout, started.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        child.output = (child.output + chunk.toString()).slice(-KEPT_OUTPUT);
      });
    }
    this.#running.add(child);
    void child.ended.then(() => this.#running.delete(child));
    return child;
  }

  readonly #kill = (): void => {
    for (const child of this.#running) killGroup(child);
  };
}

/** Waits for `close`, not `exit`: by then whatever shares the output of the process, as helpers of its own do, is gone too. */
function endOf(process: ChildProcess): Promise<End> {
  return new Promise((resolve) => {
    process.once('error', (error) => resolve({ good: false, how: error.message }));
    process.once('close', (code, signal) =>
      resolve({ good: code === 0, how: signal === null ? `exit code ${code}` : `killed by ${signal}` }),
    );
  });
}

function lastWords(child: Child): string {
  const said = child.output.trim();
  return said === '' ? '' : `, saying:\n${said}`;
}

/** Kills a process with those that it has started in its session. */
function killGroup(child: Running): void {
  if (child.pid === 0) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended in the meantime.
  }
}

/** Resolves when the process has printed the text. What it printed up to then was in order, and is forgotten. */
export async function printed(child: Child, text: string, signal: AbortSignal): Promise<void> {
  while (!child.output.includes(text)) await delay(10, undefined, { signal });
  child.output = '';
}
