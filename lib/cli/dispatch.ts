/** Finds the command that the arguments name, runs it, and makes an exit code of how that went. */
import { isHiddenNodeError } from '../errors.ts';
import { type Command, EXIT } from './command.ts';
import { epmd } from './epmd.ts';
import type { Terminal } from './terminal.ts';

/** Every command, by its name. */
const COMMANDS: Readonly<Record<string, Command>> = { epmd };

const HELP: ReadonlySet<string> = new Set(['--help', '-h']);

/**
 * Runs `hidden-node` with these arguments.
 *
 * @param args - those behind the name of the program
 * @param version - what `--version` prints
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage
 */
export async function dispatch(args: string[], terminal: Terminal, version: string): Promise<number> {
  const [name, ...rest] = args;
  if (name === '--version') return answer(terminal, version);
  if (name !== undefined && HELP.has(name)) return answer(terminal, overview());
  const command = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    const what = name === undefined ? 'no command was given' : `there is no command '${name}'`;
    terminal.complain(`hidden-node: invalid_argument: ${what}; see hidden-node --help`);
    return EXIT.usage;
  }
  if (rest.some((each) => HELP.has(each))) return answer(terminal, command.help);
  try {
    await command.run(rest, terminal);
    return EXIT.done;
  } catch (error) {
    return failed(error, name!, terminal);
  }
}

function answer(terminal: Terminal, text: string): number {
  terminal.print(text);
  return EXIT.done;
}

function failed(error: unknown, name: string, terminal: Terminal): number {
  // What is no error of ours is a defect, and its stack is wanted.
  if (!isHiddenNodeError(error)) throw error;
  const usage = error.code === 'invalid_argument';
  const more = usage ? `; see hidden-node ${name} --help` : '';
  terminal.complain(`hidden-node ${name}: ${error.code}: ${error.message.replaceAll('\n', ' ')}${more}`);
  return usage ? EXIT.usage : EXIT.failed;
}

function overview(): string {
  const rows = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(8)} ${summary}`);
  return [
    'Usage: hidden-node COMMAND [options]',
    '',
    'Commands:',
    ...rows,
    '',
    "'hidden-node COMMAND --help' tells more about each. --version prints the version.",
  ].join('\n');
}
