/** A cluster for one test file: an epmd of its own, real Erlang nodes, and nodes of the library, all taken down together. */
import { afterAll, afterEach, beforeAll } from 'vitest';
import { HiddenNode, type StartOptions } from '../../lib/index.ts';
import type { BeamNode, BeamOptions } from './beam-node.ts';
import { ElixirNode, type ElixirOptions } from './elixir.ts';
import { Epmd } from './epmd.ts';
import { ErlangNode, type ErlangOptions } from './erlang.ts';

let counter = 0;

/** A name for a node that no other test uses. */
export function uniqueName(prefix: string, host = '127.0.0.1'): string {
  counter += 1;
  return `${prefix}${counter}_${process.pid}@${host}`;
}

/** A real Erlang node that knows its name. */
export interface NamedErlang {
  readonly name: string;
  readonly erlang: ErlangNode;
}

/** A real Elixir node that knows its name. */
export interface NamedElixir {
  readonly name: string;
  readonly elixir: ElixirNode;
}

export class Cluster {
  readonly cookie = 'test_cookie';
  readonly #nodes: HiddenNode[] = [];
  readonly #beams: BeamNode[] = [];

  #epmd: Epmd | undefined;

  static async start(): Promise<Cluster> {
    const cluster = new Cluster();
    await cluster.begin();
    return cluster;
  }

  async begin(): Promise<void> {
    this.#epmd = await Epmd.start();
  }

  get epmd(): Epmd {
    if (this.#epmd === undefined) throw new Error('the cluster has not begun');
    return this.#epmd;
  }

  /** Starts a real Erlang node, with a long name unless `options` say otherwise. */
  async beam(options: ErlangOptions = {}): Promise<NamedErlang> {
    const settings = this.#settings('beam', options);
    const erlang = await ErlangNode.start(settings);
    this.#beams.push(erlang);
    return { name: settings.name, erlang };
  }

  /** Starts a real Elixir node, with a long name unless `options` say otherwise. */
  async elixir(options: ElixirOptions = {}): Promise<NamedElixir> {
    const settings = this.#settings('elixir', options);
    const elixir = await ElixirNode.start(settings);
    this.#beams.push(elixir);
    return { name: settings.name, elixir };
  }

  /** The options with which {@link node} starts nodes. */
  options(options: Partial<StartOptions> = {}): StartOptions {
    const epmd = options.epmd === 'embedded' ? { embedded: true } : options.epmd;
    return { name: uniqueName('js'), cookie: this.cookie, ...options, epmd: { port: this.epmd.port, ...epmd } };
  }

  async node(options: Partial<StartOptions> = {}): Promise<HiddenNode> {
    const node = await HiddenNode.start(this.options(options));
    this.#nodes.push(node);
    return node;
  }

  /** For `afterEach`: every node of the library that the test started. */
  async stopNodes(): Promise<void> {
    await Promise.all(this.#nodes.splice(0).map((node) => node.stop()));
  }

  async stop(): Promise<void> {
    await this.stopNodes();
    await Promise.all(this.#beams.splice(0).map((beam) => beam.stop()));
    await this.#epmd?.stop();
  }

  #settings(prefix: string, options: BeamOptions): BeamOptions & { name: string } {
    return { epmdPort: this.epmd.port, cookie: this.cookie, ...options, name: options.name ?? uniqueName(prefix) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** A cluster with one node of the other side, for all tests of a file or of a `describe`. */
function useNode<T>(start: (cluster: Cluster) => Promise<T>, prepare?: (beam: T) => Promise<unknown>) {
  const cluster = new Cluster();
  let started: T | undefined;
  beforeAll(async () => {
    await cluster.begin();
    started = await start(cluster);
    await prepare?.(started);
  });
  afterEach(() => cluster.stopNodes());
  afterAll(() => cluster.stop());
  const running = () => {
    if (started === undefined) throw new Error('the node has not started');
    return started;
  };
  return { cluster, running };
}

/**
 * A cluster with one Erlang node for all tests of a file. What it returns can be used inside of tests and hooks; the nodes of
 * the library are stopped after each test.
 *
 * @param prepare - runs once the Erlang node is up
 */
export function useCluster(prepare?: (beam: NamedErlang) => Promise<unknown>, options?: ErlangOptions) {
  const { cluster, running } = useNode((starting) => starting.beam(options), prepare);
  const beam: NamedErlang = {
    get name() {
      return running().name;
    },
    get erlang() {
      return running().erlang;
    },
  };
  return { cluster, beam };
}

/** The same as {@link useCluster} with an Elixir node. */
export function useElixir(prepare?: (beam: NamedElixir) => Promise<unknown>, options?: ElixirOptions) {
  const { cluster, running } = useNode((starting) => starting.elixir(options), prepare);
  const beam: NamedElixir = {
    get name() {
      return running().name;
    },
    get elixir() {
      return running().elixir;
    },
  };
  return { cluster, beam };
}
