/**
 * Answers the requests of other nodes to start a process here: each gets a pid, and what is run decides how it ends.
 * Erlang documentation: `erlang:spawn_request/5`; "Distribution Protocol", SPAWN_REQUEST.
 */
import { SPAWNED_LINK, SPAWNED_MONITOR, type SpawnRequest } from '../distribution/control/signals.ts';
import { type Atom, atom } from '../term/atom.ts';
import type { Pid } from '../term/pid.ts';
import type { EncodableTerm, Term } from '../term/term.ts';
import type { LocalProcess } from './local-process.ts';
import type { Places } from './places.ts';
import type { Processes } from './processes.ts';
import { type SpawnOptions, spawnOptions } from './spawn-options.ts';

const BADOPT = atom('badopt');
const BADARG = atom('badarg');
const SYSTEM_LIMIT = atom('system_limit');

/** What a process is to run. */
export interface Entry {
  module: Atom;
  name: Atom;
  args: Term[];
  /** The process that asked. */
  from: Pid;
}

/** Runs what was asked for. Resolves to the reason for which the process ends, and does not reject. */
export type Run = (entry: Entry) => Promise<EncodableTerm>;

/** What is sent to it is dropped, as in a process that receives nothing. */
const DEAF = { deliver: (): void => undefined };

export class Spawner {
  /** @param places - for how many processes at once there is room */
  constructor(
    private readonly processes: Processes,
    private readonly run: Run,
    private readonly places: Places,
  ) {}

  /** @param args - the payload of the request */
  requested(request: SpawnRequest, args: Term): void {
    const { reference, from, arity } = request;
    const options = spawnOptions(request.options);
    if (options === undefined) this.#answer(request, 0, BADOPT);
    else if (!Array.isArray(args) || args.length !== arity) this.#answer(request, 0, BADARG);
    else if (!this.places.take()) this.#answer(request, 0, SYSTEM_LIMIT);
    else {
      const process = this.processes.start(DEAF);
      const flags = this.#tie(process, reference, from, options);
      this.#answer(request, flags, process.pid);
      this.#begin(process, { module: request.module, name: request.name, args, from });
    }
  }

  /** Makes the link and the monitor that are asked for. Returns the bits that say so in the answer. */
  #tie(process: LocalProcess, reference: SpawnRequest['reference'], from: Pid, options: SpawnOptions): number {
    const { links, watchers } = this.processes;
    if (options.link) links.established(process, from);
    if (options.monitor) watchers.add(process, { watcher: from, target: process.pid, reference });
    return (options.link ? SPAWNED_LINK : 0) | (options.monitor ? SPAWNED_MONITOR : 0);
  }

  #answer({ reference, from }: SpawnRequest, flags: number, result: Pid | Atom): void {
    this.processes.nodes.existing(from.node)?.spawnReply(reference, from, flags, result);
  }

  /** The process may end before what it runs does, by an exit signal: that goes on, and nobody hears how it ends. */
  #begin(process: LocalProcess, entry: Entry): void {
    const end = (reason: EncodableTerm): void => {
      this.places.give();
      this.processes.end(process, reason);
    };
    this.run(entry).then(end, () => end(BADARG));
  }
}
