/** `hidden-node epmd`: an EPMD in the foreground, and the names in one. */
import { names } from '../epmd/client.ts';
import { EpmdServer } from '../epmd/server.ts';
import { HiddenNodeError } from '../errors.ts';
import { type Command, readArguments, readPort } from './command.ts';
import type { Terminal } from './terminal.ts';

const HELP = `Usage: hidden-node epmd [options]          run an EPMD until SIGINT or SIGTERM
       hidden-node epmd names [options]    list the nodes that an EPMD knows

EPMD tells Erlang nodes, and nodes of hidden-node, where they are. This one
takes the place of Erlang's where that is not installed. It listens at loopback,
and only from there does it take registrations.

Options of epmd:
  --host HOST    listen at this name or address too, so that other machines can
                 look here for nodes; may be repeated. 0.0.0.0: every address of
                 IPv4, '::': every address. Default: ERL_EPMD_ADDRESS, or none
  --port PORT    the port; 0 takes any free one. Default: ERL_EPMD_PORT, or 4369
  --allow-kill   let programs of this machine end it (epmd -kill) and take names
                 from nodes (epmd -stop)

Options of epmd names:
  --host HOST    where the EPMD is. Default: 127.0.0.1
  --port PORT    its port. Default: ERL_EPMD_PORT, or 4369

  --help         print this

Exit codes: 0 when it was told to end, or has listed the names; 1 when it
failed, and one line of standard error says why; 2 for wrong arguments.

Examples:
  hidden-node epmd
  hidden-node epmd --port 4370 --host 10.0.0.7
  hidden-node epmd names
  ERL_EPMD_PORT=4370 erl -start_epmd false -name app@127.0.0.1 -setcookie secret`;

export const epmd: Command = {
  summary: 'run an EPMD, or list the nodes that one knows',
  help: HELP,

  async run(args, terminal) {
    const [first, ...rest] = args;
    if (first === 'names') await list(rest, terminal);
    else await serve(args, terminal);
  },
};

async function serve(args: string[], terminal: Terminal): Promise<void> {
  const { values, positionals } = readArguments(args, {
    host: { type: 'string', multiple: true },
    port: { type: 'string' },
    'allow-kill': { type: 'boolean' },
  });
  refuse(positionals);
  // Before it listens: who sees its line may end it at once.
  const interrupted = terminal.interrupted();
  const server = await EpmdServer.start({
    host: values.host,
    port: readPort(values.port),
    allowKill: values['allow-kill'],
  });
  const places = server.addresses.map((each) => (each.includes(':') ? `[${each}]` : each));
  terminal.print(`EPMD listens at ${places.map((each) => `${each}:${server.port}`).join(' and ')}`);
  await Promise.race([interrupted, server.closed]);
  await server.stop();
}

async function list(args: string[], terminal: Terminal): Promise<void> {
  const { values, positionals } = readArguments(args, { host: { type: 'string' }, port: { type: 'string' } });
  refuse(positionals);
  for (const { name, port } of await names({ host: values.host, port: readPort(values.port) })) {
    terminal.print(`name ${visible(name)} at port ${port}`);
  }
}

/** A name as the terminal may see it: what would move its cursor is written out. */
function visible(name: string): string {
  return name.replace(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function refuse([unexpected]: string[]): void {
  if (unexpected === undefined) return;
  throw new HiddenNodeError('invalid_argument', `unexpected argument '${unexpected}'`, { argument: unexpected });
}
