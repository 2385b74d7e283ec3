/** Programs of the measurement, each in a process of its own, that do one task after another. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

type Tasks<T> = { [Name in keyof T]: { given: unknown; answer: unknown } };

/** The side that asks, one thing at a time. */
export class Child<T extends Tasks<T>> {
  /** What the program says of itself when it has started; it need not. */
  readonly greeting: Promise<unknown>;
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;
  #answered!: { resolve: (answer: unknown) => void; reject: (error: Error) => void };

  /** @param program - a file beside this one, without its ending */
  constructor(program: string, environment: NodeJS.ProcessEnv, args: readonly string[] = []) {
    const path = fileURLToPath(new URL(`${program}.js`, import.meta.url));
    this.#process = fork(path, args, { env: environment });
    this.greeting = this.#nextAnswer();
    this.greeting.catch(() => undefined);
    this.#process.on('message', (answer) => this.#answered.resolve(answer));
    this.#ended = once(this.#process, 'exit').then(([code]) => {
      this.#answered.reject(new Error(`${program} ended with ${code}`));
    });
  }

  async ask<Name extends keyof T>(name: Name, given: T[Name]['given']): Promise<T[Name]['answer']> {
    const answer = this.#nextAnswer();
    this.#process.send({ name, given });
    return answer as Promise<T[Name]['answer']>;
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#ended;
  }

  #nextAnswer(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#answered = { resolve, reject };
    });
  }
}

/** The side that is asked. What fails ends the process, with the reason on stderr. */
export function answerTasks<T extends Tasks<T>>(
  tasks: {
    [Name in keyof T]: (given: T[Name]['given']) => Promise<T[Name]['answer']>;
  },
): void {
  // However the side that asks ends, this one ends as well.
  process.on('disconnect', () => process.exit());
  process.on('message', async ({ name, given }: { name: keyof T; given: never }) => {
    process.send!(await tasks[name](given));
  });
}
