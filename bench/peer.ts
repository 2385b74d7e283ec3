/** The Erlang node that every contestant is measured against, with an EPMD of the suite's own. */
import { Epmd } from '../test/helpers/epmd.ts';
import { ErlangNode } from '../test/helpers/erlang.ts';

/** What `tunePeer` sets. */
const TUNED = '[{delay_send,true},{buffer,65536}]';

export class Peer {
  readonly name = 'peer@127.0.0.1';
  readonly cookie = 'benchmark';

  /** The options that a contestant's sockets came with, on this side or the other. */
  readonly #before = new Map<string, string>();

  private constructor(
    private readonly epmd: Epmd,
    private readonly erlang: ErlangNode,
  ) {}

  /** @param beamPath - the folder with the compiled modules */
  static async start(beamPath: string): Promise<Peer> {
    const epmd = await Epmd.start();
    try {
      const erlang = await ErlangNode.start({
        name: 'peer@127.0.0.1',
        cookie: 'benchmark',
        epmdPort: epmd.port,
        // Contestants that have nothing to do say nothing, and are not to be lost for it.
        arguments: ['-pa', beamPath, '-kernel', 'net_ticktime', '3600'],
      });
      await erlang.evaluate('hidden_node_peer:start()');
      return new Peer(epmd, erlang);
    } catch (error) {
      await epmd.stop();
      throw error;
    }
  }

  get pid(): number {
    return this.erlang.pid;
  }

  /** The environment of contestants. */
  get environment(): NodeJS.ProcessEnv {
    return { ...process.env, ERL_EPMD_PORT: String(this.epmd.port) };
  }

  /** The release of Erlang/OTP. */
  async release(): Promise<string> {
    return this.erlang.evaluate('list_to_integer(erlang:system_info(otp_release))');
  }

  /**
   * Sets the options of the socket of each contestant, on this side; and on the other as well where that is a BEAM.
   *
   * @param nodes - the contestants' names
   * @param beams - those among them that are Erlang nodes
   */
  async tune(tuned: boolean, nodes: readonly string[], beams: readonly string[]): Promise<void> {
    for (const node of nodes) await this.#set(this.name, node, tuned);
    for (const node of beams) await this.#set(node, this.name, tuned);
  }

  async #set(on: string, towards: string, tuned: boolean): Promise<void> {
    const socket = `${on} ${towards}`;
    const call = (fun: string, args: string) =>
      this.erlang.evaluate(`rpc:call('${on}', net_kernel, ${fun}, ['${towards}', ${args}])`);
    const before = this.#before.get(socket) ?? (await call('getopts', '[delay_send, buffer]')).slice('{ok,'.length, -1);
    this.#before.set(socket, before);
    const result = await call('setopts', tuned ? TUNED : before);
    if (result !== 'ok') throw new Error(`${on} does not set its options towards ${towards}: ${result}`);
  }

  async stop(): Promise<void> {
    await this.erlang.stop();
    await this.epmd.stop();
  }
}
