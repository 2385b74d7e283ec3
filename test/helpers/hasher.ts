/** A process of a real Erlang node that says what it got and what it sends, by its hash: so nothing large is compared or printed. */
import { createHash } from 'node:crypto';
import {
  ANY,
  type Atom,
  atom,
  type EncodableTerm,
  type HiddenNode,
  type Mailbox,
  registered,
  type Tuple,
  tuple,
} from '../../lib/index.ts';
import type { NamedErlang } from './cluster.ts';

/** Data are a binary, or a list of binaries. */
const HASHER = `register(hasher, spawn(fun() ->
  Say = fun(To, Data) -> To ! {hash, crypto:hash(md5, Data), iolist_size(Data)} end,
  Loop = fun Loop() -> receive
    {From, {make, binary, Size}} ->
      Data = binary:copy(crypto:strong_rand_bytes(1000), Size div 1000),
      From ! {data, Data}, Say(From, Data), Loop();
    {From, {make, list, Size}} ->
      Rest = crypto:strong_rand_bytes(996),
      Data = [<<N:32, Rest/binary>> || N <- lists:seq(1, Size div 1000)],
      From ! {data, Data}, Say(From, Data), Loop();
    {From, Data} -> Say(From, Data), Loop()
  end end,
  Loop()
end)), ok`;

export interface Verdict {
  md5: string;
  size: number;
}

type Data = Uint8Array | Uint8Array[];

export function hashed(data: Data): Verdict {
  const hash = createHash('md5');
  let size = 0;
  for (const bytes of Array.isArray(data) ? data : [data]) {
    hash.update(bytes);
    size += bytes.length;
  }
  return { md5: hash.digest('hex'), size };
}

/** The process, and the mailbox that it answers to. */
export class Hasher {
  readonly #inbox: Mailbox;

  constructor(
    private readonly node: HiddenNode,
    private readonly beam: string,
  ) {
    this.#inbox = node.mailbox();
  }

  /** For `prepare` of a cluster. */
  static start({ erlang }: NamedErlang): Promise<unknown> {
    return erlang.evaluate(HASHER);
  }

  /** Sends data without waiting for anything. */
  send(data: EncodableTerm): boolean {
    return this.node.send(registered('hasher', this.beam), tuple(this.#inbox.pid, data));
  }

  /** What the process says of the oldest data that it got. */
  async verdict(timeout = 60_000): Promise<Verdict> {
    const match = tuple(atom('hash'), ANY, ANY);
    const { elements } = await this.#inbox.receive<Tuple<[Atom, Buffer, number]>>({ match, timeout });
    return { md5: elements[1].toString('hex'), size: elements[2] };
  }

  /** Asks for data of a size, and gives them with what the process says of them. */
  async fetch(kind: 'binary' | 'list', size: number, timeout = 60_000): Promise<{ data: Data; verdict: Verdict }> {
    this.send(tuple(atom('make'), atom(kind), size));
    const match = tuple(atom('data'), ANY);
    const { elements } = await this.#inbox.receive<Tuple<[Atom, Buffer | Buffer[]]>>({ match, timeout });
    return { data: elements[1], verdict: await this.verdict(timeout) };
  }
}
