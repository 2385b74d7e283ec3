import { ConnectionVerbs } from './connection-verbs.ts';
import { withDeadline } from './deadline.ts';
import type { LinkStats } from './distribution/link.ts';
import type { WaitOptions } from './gen-server-verbs.ts';
import { resolveCookie } from './node/cookie.ts';
import { Identity } from './node/identity.ts';
import { Keeper } from './node/keeper.ts';
import { parseNodeName } from './node/name.ts';
import { type NodeSettings, type StartOptions, settings } from './options.ts';
import { Presence } from './presence.ts';
import type { Destination, Registered } from './process/destination.ts';
import type { Mailbox, MailboxOptions } from './process/mailbox.ts';
import { Window, type WindowOptions } from './rpc/window.ts';
import { Runtime } from './runtime.ts';
import { atom } from './term/atom.ts';
import type { Pid } from './term/pid.ts';
import type { Reference } from './term/reference.ts';
import type { EncodableTerm } from './term/term.ts';

/** Options of {@link HiddenNode.drained}. */
export interface DrainedOptions extends WaitOptions {
  /** The full name of the peer that is waited for. Default: all of them. */
  peer?: string | undefined;
}

/**
 * A node of an Erlang cluster: a hidden node, which other nodes see in `nodes(hidden)`.
 *
 * @example
 * const node = await HiddenNode.start({ name: 'js@127.0.0.1', cookie: 'secret' });
 * await node.connect('app@127.0.0.1');
 * node.send(registered('logger', 'app@127.0.0.1'), tuple(atom('log'), 'hello'));
 * await node.stop();
 */
export class HiddenNode extends ConnectionVerbs implements AsyncDisposable {
  readonly #runtime: Runtime;
  readonly #presence: Presence;
  /** @internal */
  protected override readonly keeper: Keeper;
  #stopping: Promise<void> | undefined;

  override readonly pid: Pid;

  private constructor(identity: Identity, nodeSettings: NodeSettings) {
    super();
    this.#runtime = new Runtime(identity, nodeSettings, {
      nodeUp: (name) => {
        this.keeper.up(atom(name));
        this.emit('nodeup', name);
      },
      nodeDown: (name, reason) => {
        this.keeper.down(atom(name), reason);
        this.emit('nodedown', name, reason);
      },
      linkFailed: (name, reason, lost) => this.emit('linkfailed', name, reason, lost),
    });
    const { connections } = this.#runtime;
    this.keeper = new Keeper((peer) => connections.link(peer) !== undefined, nodeSettings);
    this.#presence = new Presence(identity.name.alive, nodeSettings, {
      // What fails is told by the event linkfailed.
      accepted: (carrier) => void connections.accept(carrier).catch(() => undefined),
      failed: (error) => this.#runtime.linkFailed(undefined, error, 0),
      lost: (error) => this.emit('epmdlost', error),
      regained: () => this.emit('epmdregained'),
    });
    this.pid = identity.makePid();
  }

  /**
   * Starts a node: finds its cookie, listens, and registers in EPMD.
   *
   * @param options - see {@link StartOptions}; only `name` is needed
   * @returns the node, which peers can reach from now on
   * @throws HiddenNodeError
   *   - `invalid_node_name`, `invalid_argument`; `name_domain_mismatch` for a name in `peers`
   *   - `cookie_missing`, `cookie_invalid`, `cookie_file_permissions`
   *   - `listen_failed`, `host_unresolved`
   *   - `epmd_unreachable`, `epmd_timeout`, `epmd_protocol`, `name_taken`
   *   - `aborted`, `native_failure`
   * @see Erlang Reference Manual, "Distributed Erlang", sections "Nodes", "Hidden Nodes" and "Security"
   */
  static async start(options: StartOptions): Promise<HiddenNode> {
    const checked = settings(options);
    const name = parseNodeName(options.name);
    const { timeout } = checked;
    return withDeadline({ timeout, signal: options.signal }, timeout, async (deadline) => {
      const cookie = await resolveCookie({ cookie: options.cookie });
      const node = new HiddenNode(new Identity(name, cookie.value), checked);
      try {
        await node.#presence.begin(deadline);
        for (const peer of checked.peers) node.keep(peer);
        return node;
      } catch (error) {
        await node.stop();
        throw error;
      }
    });
  }

  /** @internal */
  protected override get runtime(): Runtime {
    return this.#runtime;
  }

  /** The full name of the node. */
  get name(): string {
    return this.#runtime.name;
  }

  /** The number that tells this incarnation of the node from earlier ones. */
  get creation(): number {
    return this.#runtime.identity.creation;
  }

  /** The TCP port that the node listens at; undefined when it does not listen. */
  get port(): number | undefined {
    return this.#presence.port;
  }

  /** True while the name of the node is in EPMD. */
  get registeredInEpmd(): boolean {
    return this.#presence.registered;
  }

  /**
   * Sends a message. It is encoded before the call returns, so what is changed in it later does not matter, with one exception: the
   * bytes of a binary of 64 KiB or more (option `zeroCopyBytes` of {@link start}) that goes to another node are not copied, and must not
   * be changed before they are out, which {@link flushed} tells. If they are, the peer gets some of the old and some of the new ones;
   * what has been transferred or made shorter is sent as zeros. Nothing else can come of it.
   *
   * When there is no link to the node, one is opened, and the message goes out when it is up; messages that could not be delivered because
   * it never came up are reported by the event `linkfailed`, and otherwise, as in Erlang, there is no answer to a send.
   * Messages from one sender to one receiver arrive in the order in which they were sent.
   *
   * @param to - a pid, `registered(name, node)`, or an alias (a reference)
   * @param message - any term
   * @returns false when more than the high-water mark waits to be sent to that node: the message was accepted, and a
   *   producer that can wait should await {@link drained}
   * @throws `node_stopped`, `invalid_argument`, `not_a_term`, `term_too_deep`, `invalid_node_name`, `name_domain_mismatch`;
   *   `message_too_large` for more than `maxFrameBytes`; nothing was sent then
   * @see Erlang Reference Manual, "Processes", section "Message Sending"
   */
  send(to: Destination, message: EncodableTerm): boolean {
    return this.#runtime.send(this.pid, to, message);
  }

  /**
   * Waits until no peer has more than the high-water mark waiting to be sent, or one peer has not: whoever sends to many had better wait for
   * each by itself, lest one that takes nothing holds up all.
   *
   * @param options.peer - the full name of the one that is waited for; default: all are
   * @param options.timeout - milliseconds; default: no limit
   * @param options.signal - gives up when it fires
   * @throws `timeout`, `aborted`, `node_stopped`, `invalid_argument`, `invalid_node_name`
   */
  drained({ peer, timeout = Number.POSITIVE_INFINITY, signal }: DrainedOptions = {}): Promise<void> {
    this.#runtime.assertRunning();
    return this.#runtime.drained(peer, timeout, signal);
  }

  /**
   * Waits until everything that has been sent so far, to any node, is with the operating system, or will never be sent because the
   * connection was lost. From then on large binaries that were in it may be changed again; see {@link send}. What is sent meanwhile is
   * not waited for.
   *
   * It does not say that Erlang has got it: ask for an answer where you need to know.
   *
   * @param options.timeout - milliseconds; default: no limit
   * @param options.signal - gives up when it fires
   * @throws `timeout`, `aborted`, `invalid_argument`; `node_stopped`, also when {@link stop} is called meanwhile: what it has sent is out
   *   when that resolves
   */
  flushed(options: WaitOptions = {}): Promise<void> {
    this.#runtime.assertRunning();
    return this.#runtime.backlog.flushed(options.timeout ?? Number.POSITIVE_INFINITY, options.signal);
  }

  /**
   * Makes a mailbox: a process identifier of this node, to which processes can send.
   *
   * @param name - registers it, so that processes can send to `{Name, Node}`
   * @param options.trapExit - exit signals become messages and do not end it; default: false
   * @param options.bound - the most that it holds before its links stop reading; default: none
   * @throws `registered_name_taken`, `invalid_argument`, `node_stopped`
   * @see Erlang Reference Manual, "Processes", section "Registered Processes"
   */
  mailbox(name?: string, options?: MailboxOptions): Mailbox {
    return this.#runtime.mailbox(name, options);
  }

  /**
   * Makes a window: it sends messages to one process as calls to a `gen_server`, and no more of them at a time than that process has
   * answered. Like {@link send} it opens a link if need be.
   *
   * @param to - a pid, or `registered(name, node)`
   * @param options.size - how many messages may be unacknowledged; default 64
   * @param options.timeout - milliseconds that each `send` and `flush` waits; default: no limit
   * @param options.envelope - the form of the messages, for a receiver that is no `gen_server`
   * @throws `invalid_argument`, `invalid_node_name`, `name_domain_mismatch`, `node_stopped`
   */
  window(to: Pid | Registered, options: WindowOptions = {}): Window {
    return new Window(this.#runtime.mailbox(undefined), to, options);
  }

  /** A new reference, unlike any other of the cluster. Erlang documentation: `erlang:make_ref/0`. */
  reference(): Reference {
    return this.#runtime.identity.makeReference();
  }

  /** Figures of every link, by the name of the peer. */
  stats(): Record<string, LinkStats> {
    return Object.fromEntries(this.#runtime.connections.links().map((link) => [link.peer.name, link.stats()]));
  }

  /**
   * Stops the node: closes its mailboxes, gives its name back to EPMD, sends what waits and closes every link. What is
   * under way rejects with `node_stopped`. May be called at any time, also more than once. A peer that does not take what
   * was sent to it holds up the end for two seconds at most.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#end();
    return this.#stopping;
  }

  async #end(): Promise<void> {
    this.keeper.stop(this.#runtime.stoppedError());
    await Promise.all([this.#runtime.stop(), this.#presence.end()]);
  }

  /** The same as {@link stop}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
