/**
 * Answers the requests of other nodes to start a process here: each gets a pid, and what is run decides how it ends.
 * Erlang documentation: `erlang:spawn_request/5`; "Distribution Protocol", SPAWN_REQUEST.
 */
import { SPAWNED_LINK, SPAWNED_MONITOR, type SpawnRequest } from '../distribution/control/signals.ts';
import { type Atom, atom } from '../term/atom.ts';
import type { Pid } from '../term/pid.ts';
import type { EncodableTerm, Term } from '../term/term.ts';
import { Tuple } from '../term/tuple.ts';
import type { Processes } from './processes.ts';

const LINK = atom('link');
const MONITOR = atom('monitor');
const BADOPT = atom('badopt');
const BADARG = atom('badarg');
const SYSTEM_LIMIT = atom('system_limit');

/** How many processes may run for other nodes at once. */
const MOST_PROCESSES = 100_000;

/** What a process is to run. */
export interface Entry {
  module: Atom;
  name: Atom;
  args: Term[];
  /** The process that asked. */
  from: Pid;
  /** The process that runs it. */
  pid: Pid;
}

/** Runs what was asked for. Resolves to the reason for which the process ends, and does not reject. */
export type Run = (entry: Entry) => Promise<EncodableTerm>;

function hasOption(options: readonly Term[], name: Atom): boolean {
  return options.some((option) => option === name || (option instanceof Tuple && option.elements[0] === name));
}

export class Spawner {
  #running = 0;

  constructor(
    private readonly processes: Processes,
    private readonly run: Run,
    private readonly most = MOST_PROCESSES,
  ) {}

  /** @param args - the payload of the request */
  requested(request: SpawnRequest, args: Term): void {
    const refused = this.#refuse(request, args);
    if (refused === undefined) this.#start(request, args as Term[]);
    else this.processes.nodes.existing(request.from.node)?.spawnReply(request.reference, request.from, 0, refused);
  }

  #refuse({ options, arity }: SpawnRequest, args: Term): Atom | undefined {
    if (!Array.isArray(options)) return BADOPT;
    if (!Array.isArray(args) || args.length !== arity) return BADARG;
    return this.#running < this.most ? undefined : SYSTEM_LIMIT;
  }

  #start(request: SpawnRequest, args: Term[]): void {
    const { reference, from, module, name } = request;
    const options = request.options as Term[];
    const { processes } = this;
    let flags = 0;
    // What is sent to it is dropped, as in a process that receives nothing.
    const process = processes.start({ deliver: () => undefined });
    const { pid } = process;
    if (hasOption(options, LINK)) {
      flags |= SPAWNED_LINK;
      processes.links.established(process, from);
    }
    if (hasOption(options, MONITOR)) {
      flags |= SPAWNED_MONITOR;
      processes.watchers.add(process, { watcher: from, target: pid, reference });
    }
    processes.nodes.existing(from.node)?.spawnReply(reference, from, flags, pid);
    this.#running++;
    void this.run({ module, name, args, from, pid }).then((reason) => {
      this.#running--;
      processes.end(process, reason);
    });
  }
}
