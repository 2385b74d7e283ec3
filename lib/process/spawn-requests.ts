/**
 * Processes that processes of this node ask other nodes to start.
 * Erlang documentation: `erlang:spawn_request/5`.
 */
import { SPAWNED_LINK, SPAWNED_MONITOR } from '../distribution/control/signals.ts';
import { type Atom, atom } from '../term/atom.ts';
import { Pid } from '../term/pid.ts';
import type { Reference } from '../term/reference.ts';
import type { EncodableTerm } from '../term/term.ts';
import { tuple } from '../term/tuple.ts';
import type { Links } from './links.ts';
import type { LocalProcess } from './local-process.ts';
import type { Monitors } from './monitors.ts';
import type { Nodes } from './nodes.ts';
import { OwnReferences } from './own-references.ts';

const SPAWN_REPLY = atom('spawn_reply');
const OK = atom('ok');
const ERROR = atom('error');
const NOCONNECTION = atom('noconnection');
const ABANDONED = atom('abandoned');
const LINK = atom('link');
const MONITOR = atom('monitor');

/** What to run where. */
export interface Spawn {
  node: Atom;
  module: Atom;
  name: Atom;
  args: readonly EncodableTerm[];
  groupLeader: Pid;
  link?: boolean;
  monitor?: boolean;
  /** Whether success is told as well, or only failure. */
  reply: 'yes' | 'error_only';
}

/** What is to be known when the answer comes. */
interface Request extends Pick<Spawn, 'node' | 'reply'> {
  readonly reference: Reference;
}

export class SpawnRequests {
  readonly #requests = new OwnReferences<Request>();

  constructor(
    private readonly nodes: Nodes,
    private readonly makeReference: () => Reference,
    private readonly monitors: Monitors,
    private readonly links: Links,
  ) {}

  /** The process is sent `{spawn_reply, Reference, ok, Pid}` or `{spawn_reply, Reference, error, Reason}`. */
  request(process: LocalProcess, spawn: Spawn): Reference {
    const reference = this.makeReference();
    const { node, module, name, args, groupLeader } = spawn;
    const options: Atom[] = [];
    if (spawn.link) options.push(LINK);
    if (spawn.monitor) options.push(MONITOR);
    const request = { reference, from: process.pid, groupLeader, module, name, arity: args.length, options };
    this.nodes.to(node).spawnRequest(request, args);
    this.#requests.set(process, { reference, node, reply: spawn.reply });
    if (spawn.monitor) this.monitors.expect(process, reference, node);
    return reference;
  }

  /** The process no longer wants to hear of a request. Erlang documentation: `erlang:spawn_request_abandon/1`. */
  abandon(process: LocalProcess, reference: Reference): void {
    if (this.#requests.delete(process, reference)) this.monitors.forget(process, reference);
    else this.monitors.demonitor(process, reference);
  }

  replied(process: LocalProcess, reference: Reference, flags: number, result: Pid | Atom): void {
    const request = this.#requests.get(process, reference);
    if (request === undefined) return this.#abandoned(process, reference, flags, result);
    this.#requests.delete(process, reference);
    if (!(result instanceof Pid)) return this.#failed(process, request, result);
    if (flags & SPAWNED_LINK) this.links.established(process, result);
    this.monitors.spawned(process, reference, result);
    if (request.reply === 'yes') process.behaviour.deliver(tuple(SPAWN_REPLY, reference, OK, result));
  }

  ended(process: LocalProcess): void {
    this.#requests.take(process);
  }

  nodeDown(node: Atom): void {
    for (const [process, request] of this.#requests.takeIf((each) => each.node === node)) {
      this.#failed(process, request, NOCONNECTION);
    }
  }

  /** Only now it is known which process there is to be rid of. */
  #abandoned(process: LocalProcess, reference: Reference, flags: number, result: Pid | Atom): void {
    if (!(result instanceof Pid)) return;
    const sender = this.nodes.existing(result.node);
    if (flags & SPAWNED_MONITOR) sender?.demonitor(process.pid, result, reference);
    if (flags & SPAWNED_LINK) sender?.exit(process.pid, result, ABANDONED);
  }

  #failed(process: LocalProcess, { reference }: Request, reason: Atom): void {
    this.monitors.forget(process, reference);
    process.behaviour.deliver(tuple(SPAWN_REPLY, reference, ERROR, reason));
  }
}
