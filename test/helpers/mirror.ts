/** A process of a real Erlang node that sends every term back, so that each is compared on both sides. */
import {
  atom,
  type EncodableTerm,
  equals,
  format,
  type HiddenNode,
  registered,
  type Term,
  type Tuple,
  tuple,
} from '../../lib/index.ts';
import type { NamedErlang } from './cluster.ts';
import { until } from './until.ts';

/**
 * Keeps each term and sends it back; then says whether what comes the second time is the same. =:= takes 0.0 and -0.0 for the
 * same before OTP 27, so the bytes are compared too.
 */
const MIRROR = `register(mirror, spawn(fun() ->
  Loop = fun Loop() -> receive
    {first, From, N, Term} -> put(N, Term), From ! {N, Term}, Loop();
    {second, From, N, Term} ->
      Kept = erase(N),
      From ! {verdict, N, Term =:= Kept andalso term_to_binary(Term) =:= term_to_binary(Kept)}, Loop()
  end end,
  Loop()
end))`;

/** Identifiers and funs that the Erlang node has made, and those of the node here. */
export async function madeThere(node: HiddenNode, beam: NamedErlang): Promise<Term[]> {
  const parsed = async (source: string): Promise<Term> => {
    const text = Array.from(source, (c) => c.charCodeAt(0));
    const scanned = (await node.rpc(beam.name, 'erl_scan', 'string', [text])) as Tuple<Term[]>;
    const tree = (await node.rpc(beam.name, 'erl_parse', 'parse_exprs', [scanned.elements[1]!])) as Tuple<Term[]>;
    return tree.elements[1]!;
  };
  const made = await Promise.all([
    node.rpc(beam.name, 'erlang', 'self'),
    node.rpc(beam.name, 'erlang', 'make_ref'),
    node.rpc(beam.name, 'erlang', 'ports'),
    node.rpc(beam.name, 'erlang', 'processes'),
    node.rpc(beam.name, 'erl_eval', 'exprs', [await parsed('fun(X) -> X + 1 end.'), []]),
  ]);
  return [...made, node.pid, node.reference()];
}

/** What did not come back as it was sent: as seen here, and there. */
export interface Reflection {
  wrongHere: string[];
  wrongThere: string[];
}

/**
 * Sends each term there and back, and there again.
 *
 * @param node - decodes floats exactly (`floats: 'exact'`)
 * @param timeout - milliseconds for all of it
 */
export async function reflect(
  node: HiddenNode,
  beam: NamedErlang,
  samples: readonly EncodableTerm[],
  timeout: number,
): Promise<Reflection> {
  await beam.erlang.evaluate(MIRROR);
  const outcome: Reflection = { wrongHere: [], wrongThere: [] };
  let verdicts = 0;
  const mirror = registered('mirror', beam.name);
  const inbox = node.mailbox();
  inbox.onMessage((message) => {
    const { elements } = message as Tuple<Term[]>;
    if (elements[0] === atom('verdict')) {
      verdicts++;
      if (elements[2] !== true) outcome.wrongThere.push(format(samples[elements[1] as number] as Term));
      return;
    }
    const [n, term] = elements as [number, Term];
    if (!equals(term, samples[n])) {
      outcome.wrongHere.push(`${format(samples[n] as Term)} came back as ${format(term)}`);
    }
    inbox.send(mirror, tuple(atom('second'), inbox.pid, n, term));
  });
  for (const [n, value] of samples.entries()) {
    if (!inbox.send(mirror, tuple(atom('first'), inbox.pid, n, value))) await node.drained({ timeout: 10_000 });
  }
  await until('all verdicts', () => verdicts === samples.length, timeout);
  inbox.close();
  return outcome;
}
