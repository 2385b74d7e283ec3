/** The processes that the demo starts, none of which may outlive it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds that a process has to end by itself before it is killed. */
const GRACE = 2_000;

/** The last of its output that is kept, in characters, to say why a process ended. */
const KEPT_OUTPUT = 400;

/** How to start a process. It must end by itself when its standard input ends. */
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
  /** Its output so far; of a long one only the end. */
  output(): string;
}

interface Running extends Child {
  readonly process: ChildProcess;
  /** Resolves when the process has ended. */
  readonly ended: Promise<unknown>;
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

  /** Starts a process. A failure to start is told to `onLost` like any other end. */
  start({ label, command, args, env, cwd }: ChildSpec): Child {
    // A session of its own, so that Ctrl-C reaches only the demo, which then ends its children in good order.
    const started = spawn(command, args, { env, cwd, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [started.stdout, started.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output = (output + chunk.toString()).slice(-KEPT_OUTPUT);
      });
    }
    // The process may be gone when its input is closed; that it is gone is noticed by its exit.
    started.stdin.on('error', () => undefined);
    const ended = new Promise<string>((resolve) => {
      started.once('error', (error) => resolve(error.message));
      started.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `killed by ${signal}`));
    });
    const child = { label, pid: started.pid ?? 0, process: started, ended, output: () => output };
    this.#running.add(child);
    void ended.then((how) => this.#ended(child, how));
    return child;
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

  #ended(child: Running, how: string): void {
    this.#running.delete(child);
    if (this.#stopping) return;
    const said = child.output().trim();
    this.onLost(
      new Error(`${child.label} ended unexpectedly (${how})${said === '' ? '' : `; its last words:\n${said}`}`),
    );
  }

  readonly #kill = (): void => {
    for (const child of this.#running) killGroup(child);
  };
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

/** Resolves when the process has printed the text. */
export async function printed(child: Child, text: string, signal: AbortSignal): Promise<void> {
  while (!child.output().includes(text)) await delay(10, undefined, { signal });
}
