/** What the demo prints: plain text, with a little colour on a terminal. */
import type { Finding } from './scene.ts';
import { alignColumns } from './table.ts';

const COLOURS = { bold: 1, dim: 2, red: 31, green: 32 } as const;

type Colour = keyof typeof COLOURS;

/** Where text goes: the part of `process.stdout` that the report needs. */
export interface Output {
  isTTY?: boolean;
  write(text: string): unknown;
}

/** Prints the steps of the demo as they are taken. */
export class Report {
  readonly #coloured: boolean;
  #step = 0;
  #stepName = 'before the first step';

  /** @param environment - `NO_COLOR` (https://no-color.org) and a dumb terminal turn colours off */
  constructor(
    private readonly output: Output,
    environment: NodeJS.ProcessEnv = process.env,
  ) {
    this.#coloured = output.isTTY === true && !environment.NO_COLOR && environment.TERM !== 'dumb';
  }

  /** The first line: what is going to happen. */
  title(text: string): void {
    this.#line(this.#paint('bold', text));
  }

  /** Announces a step before it is taken, so that it is known what the demo is busy with. */
  step(name: string, purpose: string): void {
    this.#step++;
    this.#stepName = `at step ${this.#step} (${name})`;
    this.#line(`\n${this.#paint('bold', `${this.#step} ${name}`.padEnd(11))}${purpose}`);
  }

  /** Prints what a step found. */
  finding({ table, proof, problems }: Finding): void {
    const [headings, ...rows] = table === undefined ? [] : alignColumns(table);
    if (headings !== undefined) this.#line(`    ${this.#paint('dim', headings)}`);
    for (const row of rows) this.#line(`    ${row}`);
    if (problems.length === 0) this.#line(`  ${this.#paint('green', 'ok')} ${proof}.`);
    for (const problem of problems) this.#line(`  ${this.#paint('red', 'FAILED')} ${problem}.`);
  }

  /** The last line: how it ended. */
  verdict(good: boolean, text: string): void {
    this.#lastLine(good ? 'green' : 'red', good ? 'PASSED' : 'FAILED', text);
  }

  /** The last line of a demo that did not come to its end: in which step that was, and why. */
  unfinished(word: 'FAILED' | 'STOPPED', why: string): void {
    this.#lastLine('red', word, `${this.#stepName}: ${why}`);
  }

  #lastLine(colour: Colour, word: string, text: string): void {
    this.#line(`\n${this.#paint(colour, word)} ${text}`);
  }

  #line(text: string): void {
    this.output.write(`${text}\n`);
  }

  #paint(colour: Colour, text: string): string {
    return this.#coloured ? `\x1b[${COLOURS[colour]}m${text}\x1b[0m` : text;
  }
}
