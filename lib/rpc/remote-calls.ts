/**
 * Calls of functions on other nodes: by a spawn request where the peer takes one, or through its `rex` server.
 * Erlang documentation: kernel application, `rpc:call/5`, `erpc:call/5`.
 */
import { withDeadline } from '../deadline.ts';
import { FLAGS } from '../distribution/flags.ts';
import { HiddenNodeError } from '../errors.ts';
import { type Atom, atom } from '../term/atom.ts';
import type { Pid } from '../term/pid.ts';
import type { EncodableTerm, Term } from '../term/term.ts';
import { checkTimeout } from '../waiter.ts';
import { badrpc, rexCall, type Target, target } from './call.ts';
import { type Erpc, expired } from './erpc.ts';
import type { CallOptions, GenCalls } from './gen-calls.ts';
import { GroupLeaders } from './group-leaders.ts';

/** How long a call waits for its result when the caller does not say, in milliseconds: that of `gen_server:call/2`. */
const CALL_TIMEOUT = 5_000;

const NOTSUP = atom('notsup');

/** Options of {@link HiddenNode.rpc}. */
export interface RpcOptions {
  /** Milliseconds for everything, the connecting included; default 5000, `Infinity` waits for ever. */
  timeout?: number | undefined;
  signal?: AbortSignal | undefined;
  /**
   * How the call is made. `spawn`: the peer is asked for a process that runs the function, as `erpc` does. `rex`: the peer's server of that
   * name is asked, as `rpc` did before OTP 23. Default: `spawn` where the peer announces that it takes spawn requests.
   */
  via?: 'spawn' | 'rex' | undefined;
}

/** What remote calls need of their node. */
export interface RemoteCallsOwner {
  /** @throws `node_stopped`, `invalid_node_name` */
  peer(name: string): Atom;
  /** True when there is a link to a peer, or it is this node. */
  isConnected(peer: Atom): boolean;
  /** Waits for a link to a peer; resolves to what is left of the time. */
  connected(peer: Atom, timeout: number, signal: AbortSignal | undefined): Promise<number>;
  /** What a connected peer can do, as distribution flags; undefined without a link. */
  flagsOf(peer: Atom): bigint | undefined;
}

/** One call, and how it is to be made. */
interface RemoteCall {
  readonly to: Target;
  readonly via: RpcOptions['via'];
  readonly signal: AbortSignal | undefined;
  /** What it was allowed in all, in milliseconds. */
  readonly allowed: number;
}

export class RemoteCalls {
  readonly #leaders: GroupLeaders;

  /** @param nobody - a pid without a process */
  constructor(
    private readonly owner: RemoteCallsOwner,
    private readonly rex: GenCalls,
    private readonly erpc: Erpc,
    nobody: Pid,
  ) {
    this.#leaders = new GroupLeaders(erpc, nobody);
  }

  /** @see HiddenNode.rpc */
  call(name: string, module: string, fun: string, args: readonly EncodableTerm[], options: RpcOptions): Promise<Term> {
    try {
      const { timeout = CALL_TIMEOUT, signal, via } = options;
      if (via !== undefined && via !== 'spawn' && via !== 'rex') {
        throw new HiddenNodeError('invalid_argument', "a call is made via 'spawn' or 'rex'", { via });
      }
      const peer = this.owner.peer(name);
      const call = { to: target(name, module, fun, args), via, signal, allowed: timeout };
      checkTimeout(timeout);
      // What is returned is the call's own promise: each step between costs memory, and turns of the queue of microtasks.
      if (this.owner.isConnected(peer)) return this.#overLink(call, timeout);
      return this.owner.connected(peer, timeout, signal).then((left) => this.#overLink(call, left));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** @throws what makes the call impossible */
  #overLink({ to, via, signal, allowed }: RemoteCall, timeout: number): Promise<Term> {
    if (signal?.aborted) throw new HiddenNodeError('aborted', 'the call was aborted', {}, signal.reason);
    const flags = this.owner.flagsOf(to.node);
    const spawns = flags === undefined ? via === 'spawn' : (flags & FLAGS.SPAWN) !== 0n;
    const options = { timeout, signal };
    if (via === 'rex' || (via === undefined && !spawns)) return rexCall(this.rex, to, options);
    if (!spawns) throw badrpc(to, NOTSUP);
    return this.#spawn(to, options, allowed);
  }

  nodeDown(node: Atom, reason: HiddenNodeError): void {
    this.#leaders.nodeDown(node);
    this.erpc.nodeDown(node, reason);
  }

  /** Every call fails. */
  stop(reason: HiddenNodeError): void {
    this.erpc.stop(reason);
  }

  #spawn(to: Target, options: CallOptions, allowed: number): Promise<Term> {
    const leader = this.#leaders.of(to.node);
    if (leader instanceof Promise) return this.#spawnUnder(leader, to, options, allowed);
    return this.erpc.call(to, leader, options, allowed);
  }

  async #spawnUnder(
    leader: Promise<Pid>,
    to: Target,
    { timeout, signal }: CallOptions,
    allowed: number,
  ): Promise<Term> {
    const start = performance.now();
    const found = await withDeadline({ signal }, timeout, (deadline) =>
      deadline.race(leader, () => expired(to, allowed)),
    );
    const left = Math.max(0, timeout - (performance.now() - start));
    return this.erpc.call(to, found, { timeout: left, signal }, allowed);
  }
}
