/** An EPMD and Erlang nodes of the demo's own, which neither see nor disturb others of this machine. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isHiddenNodeError, names } from 'hidden-node';
import { type Child, type Children, printed } from './children.ts';
import { erlangEnvironment, type Toolchain } from './toolchain.ts';

/** Milliseconds for the nodes to come up: a small machine under load needs seconds for what takes half a second elsewhere. */
const START_TIMEOUT = 30_000;

/**
 * EPMD, unlike the nodes, does not care about its standard input, so a shell does: it waits for EPMD, and a part of it ends
 * EPMD when the input ends. `$1` is the port. Should the demo
 * be killed, this is also who removes its folder, `$2`.
 */
const EPMD_SCRIPT = `
  exec 3<&0
  epmd -address 127.0.0.1 -port "$1" </dev/null &
  epmd=$!
  (read -r _ <&3; rm -rf -- "$2"; kill "$epmd") &
  reader=$!
  wait "$epmd"
  status=$?
  kill "$reader" 2>/dev/null
  exit "$status"`;

/** One Erlang node of the cluster. */
export interface BeamNode {
  /** Its full name, such as `one@127.0.0.1`. */
  name: string;
  /** Its process of the operating system. */
  pid: number;
}

/** How to start a cluster. */
export interface ClusterOptions {
  toolchain: Toolchain;
  /** The full names of the nodes. */
  nodes: readonly string[];
  /** Starts and stops the processes. */
  children: Children;
  /** Gives up starting. */
  signal: AbortSignal;
}

/** A running EPMD with its nodes. */
export class Cluster {
  /** Known to this process and its nodes only. */
  readonly cookie = randomBytes(24).toString('hex');
  readonly #home = mkdtempSync(join(tmpdir(), 'hidden-node-demo-'));
  #nodes: readonly BeamNode[] = [];
  #epmdPort = 0;

  private constructor(private readonly options: ClusterOptions) {
    process.on('exit', this.#removeHome);
  }

  /**
   * Starts everything, and waits until each node is up and in EPMD. When that fails, all is stopped again.
   *
   * @throws Error with a sentence for the user, or the reason of the signal
   */
  static async start(options: ClusterOptions): Promise<Cluster> {
    const cluster = new Cluster(options);
    const timeout = AbortSignal.timeout(START_TIMEOUT);
    try {
      await cluster.#start(AbortSignal.any([options.signal, timeout]));
      return cluster;
    } catch (error) {
      await cluster.stop();
      options.signal.throwIfAborted();
      if (!timeout.aborted) throw error;
      throw new Error(`EPMD and the Erlang nodes were not up within ${START_TIMEOUT / 1000} seconds`);
    }
  }

  /** The port of EPMD. */
  get epmdPort(): number {
    return this.#epmdPort;
  }

  /** The Erlang nodes. */
  get nodes(): readonly BeamNode[] {
    return this.#nodes;
  }

  /** Stops the nodes and EPMD, and resolves when they are gone. */
  async stop(): Promise<void> {
    await this.options.children.stop();
    this.#removeHome();
    process.off('exit', this.#removeHome);
  }

  async #start(signal: AbortSignal): Promise<void> {
    // A file, because the command line of a process can be read by every user of the machine. Erlang insists on the mode.
    writeFileSync(join(this.#home, '.erlang.cookie'), this.cookie, { mode: 0o400 });
    this.#epmdPort = await freePort();
    const args = ['-c', EPMD_SCRIPT, 'sh', String(this.#epmdPort), this.#home];
    this.options.children.start({ label: 'epmd', command: 'sh', args, env: erlangEnvironment(), cwd: this.#home });
    await this.#registered([], signal);
    const started = this.options.nodes.map((name) => this.#startNode(name));
    this.#nodes = started.map(({ label, pid }) => ({ name: label, pid }));
    await this.#registered(this.options.nodes, signal);
    await Promise.all(started.map((child) => printed(child, 'ready', signal)));
  }

  #startNode(name: string): Child {
    const { erl, ebin } = this.options.toolchain;
    const args = ['-noshell', '-name', name, '-start_epmd', 'false', '-pa', ebin];
    args.push('-kernel', 'inet_dist_use_interface', '{127,0,0,1}', 'logger_level', 'error');
    args.push('-s', 'hidden_node_demo', 'boot');
    const own = { HOME: this.#home, ERL_EPMD_PORT: String(this.#epmdPort), ERL_CRASH_DUMP_SECONDS: '0' };
    const env = { ...erlangEnvironment(), ...own };
    return this.options.children.start({ label: name, command: erl, args, env, cwd: this.#home });
  }

  /** Waits until EPMD answers and knows all the nodes. */
  async #registered(nodes: readonly string[], signal: AbortSignal): Promise<void> {
    for (;;) {
      const known = await this.#knownNames(signal);
      if (known !== undefined && nodes.every((node) => known.has(node.split('@')[0]!))) return;
      await delay(20, undefined, { signal });
    }
  }

  async #knownNames(signal: AbortSignal): Promise<Set<string> | undefined> {
    try {
      const found = await names({ port: this.#epmdPort, signal });
      return new Set(found.map(({ name }) => name));
    } catch (error) {
      if (isHiddenNodeError(error, 'epmd_unreachable')) return undefined;
      throw error;
    }
  }

  readonly #removeHome = (): void => rmSync(this.#home, { recursive: true, force: true });
}

/** A TCP port of the loopback interface that nothing listens on at the moment. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
