/** What all commands share: how they are described, what their exit codes mean, how their arguments are read. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { HiddenNodeError } from '../errors.ts';
import type { Terminal } from './terminal.ts';

/** One subcommand of `hidden-node`. */
export interface Command {
  /** One line for the list of commands. */
  summary: string;
  /** What `--help` prints. */
  help: string;
  /**
   * Runs it.
   *
   * @param args - the arguments behind its name
   * @throws HiddenNodeError for what fails; `invalid_argument` for arguments that are none
   */
  run(args: string[], terminal: Terminal): Promise<void>;
}

/** The exit codes of `hidden-node`. */
export const EXIT = { done: 0, failed: 1, usage: 2 } as const;

type Options = NonNullable<ParseArgsConfig['options']>;

type Read<T extends Options> = ReturnType<typeof parseArgs<{ args: string[]; options: T; allowPositionals: true }>>;

/** Reads arguments. @throws HiddenNodeError `invalid_argument` */
export function readArguments<T extends Options>(args: string[], options: T): Read<T> {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (cause) {
    // Behind its first sentence Node.js explains how to quote.
    const [reason] = (cause as Error).message.split(/\. |\n/);
    throw new HiddenNodeError('invalid_argument', reason!, { arguments: args }, cause);
  }
}

/** A port that an argument names. @throws HiddenNodeError `invalid_argument` */
export function readPort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,5}$/.test(text) && Number(text) <= 0xffff) return Number(text);
  throw new HiddenNodeError('invalid_argument', `a port is a number from 0 to 65535, not '${text}'`, { port: text });
}
