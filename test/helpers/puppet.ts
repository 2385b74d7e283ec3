/** A process of a real Erlang node that does what a test tells it, one thing after another. */
import { atom, type HiddenNode, type Mailbox, Pid } from '../../lib/index.ts';
import type { Cluster, NamedErlang } from './cluster.ts';

let counter = 0;

export class Puppet {
  private constructor(
    readonly beam: NamedErlang,
    /** Under which it is registered. */
    readonly name: string,
    readonly pid: Pid,
  ) {}

  /** @param node - has a link to the Erlang node, and learns the pid by it */
  static async start(beam: NamedErlang, node: HiddenNode): Promise<Puppet> {
    counter++;
    const name = `puppet${counter}`;
    await beam.erlang.evaluate(
      `(fun() ->
         Loop = fun(Self) -> receive {do, From, Ref, Fun} -> From ! {Ref, Fun()}, Self(Self) end end,
         register(${name}, spawn(fun() -> Loop(Loop) end)), ok
       end)()`,
    );
    const pid = await node.rpc(beam.name, 'erlang', 'whereis', [atom(name)]);
    if (!(pid instanceof Pid)) throw new Error(`${name} did not start`);
    return new Puppet(beam, name, pid);
  }

  /** Evaluates an expression in the process. */
  do(expression: string): Promise<string> {
    return this.beam.erlang.evaluate(
      `(fun() -> Ref = make_ref(), ${this.name} ! {do, self(), Ref, fun() -> ${expression} end},
         receive {Ref, Value} -> Value after 10000 -> no_answer end end)()`,
    );
  }

  /** Lets the process evaluate an expression that does not return. */
  async doAndEnd(expression: string): Promise<void> {
    await this.beam.erlang.evaluate(`${this.name} ! {do, self(), make_ref(), fun() -> ${expression} end}, ok`);
  }

  /** The oldest message of the process. */
  next(): Promise<string> {
    return this.do('receive {do, _, _, _} = Command -> Command; Message -> Message after 10000 -> silence end');
  }

  /** How many messages wait in the process. */
  async waiting(): Promise<number> {
    return Number(await this.do('element(2, process_info(self(), message_queue_len))'));
  }

  /** Ends the process, whatever it does. */
  kill(): Promise<string> {
    return this.beam.erlang.evaluate(`exit(whereis(${this.name}), kill)`);
  }

  /** Gives the process a name for a pid, reference or other term that cannot be written down: `persistent_term:get(Key)`. */
  async tell(node: HiddenNode, key: string, term: Parameters<typeof node.send>[1]): Promise<string> {
    await node.rpc(this.beam.name, 'persistent_term', 'put', [atom(key), term]);
    return `persistent_term:get(${key})`;
  }
}

/** Both sides of what is tied together: a mailbox of a node of the library, and a process of an Erlang node. */
export interface Meeting {
  node: HiddenNode;
  inbox: Mailbox;
  puppet: Puppet;
  /** Erlang source that gives the pid of the mailbox. */
  ours: string;
}

/** @param trapExit - whether exit signals are messages for the mailbox, which is registered as `inbox` */
export async function meet(cluster: Cluster, beam: NamedErlang, trapExit = false): Promise<Meeting> {
  const node = await cluster.node();
  await node.connect(beam.name);
  const inbox = node.mailbox('inbox', { trapExit });
  const puppet = await Puppet.start(beam, node);
  return { node, inbox, puppet, ours: await puppet.tell(node, 'our_pid', inbox.pid) };
}
