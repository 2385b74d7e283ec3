/** Where a command writes, and how it hears that it is to end. */

/** What a command sees of the world. */
export interface Terminal {
  /** Writes a line of what was asked for. */
  print(line: string): void;
  /** Writes a line about what went wrong. */
  complain(line: string): void;
  /** Resolves once the user or the system wants the command to end. */
  interrupted(): Promise<void>;
}

/** The terminal of this process: its standard streams; SIGINT (Ctrl-C) and SIGTERM end the command. */
export function processTerminal(): Terminal {
  // Whoever read the output may be gone, as `head` is; that is no reason to end.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  return {
    print: (line) => void process.stdout.write(`${line}\n`),
    complain: (line) => void process.stderr.write(`${line}\n`),
    interrupted: () =>
      new Promise((resolve) => {
        // Once each: a second signal of the kind ends the process at once.
        process.once('SIGINT', () => resolve());
        process.once('SIGTERM', () => resolve());
      }),
  };
}
