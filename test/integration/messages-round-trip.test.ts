/** Ten thousand generated terms over a live link to a real Erlang node and back, compared on both sides. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { atom, equals, format, type HiddenNode, registered, type Term, type Tuple, tuple } from '../../lib/index.ts';
import { Cluster, type NamedErlang } from '../helpers/cluster.ts';
import { until } from '../helpers/until.ts';
import { Generator } from './term-generator.ts';

const COUNT = 10_000;

let cluster: Cluster;
let beam: NamedErlang;
let node: HiddenNode;

beforeAll(async () => {
  cluster = await Cluster.start();
  beam = await cluster.beam();
  node = await cluster.node({ floats: 'exact' });
  // Keeps each term and sends it back; then says whether what comes the second time is the same. =:= takes 0.0 and -0.0 for
  // the same before OTP 27, so the bytes are compared too.
  await beam.erlang.evaluate(`register(mirror, spawn(fun() ->
    Loop = fun Loop() -> receive
      {first, From, N, Term} -> put(N, Term), From ! {N, Term}, Loop();
      {second, From, N, Term} ->
        Kept = erase(N),
        From ! {verdict, N, Term =:= Kept andalso term_to_binary(Term) =:= term_to_binary(Kept)}, Loop()
    end end,
    Loop()
  end))`);
});
afterAll(() => cluster.stop());

/** Identifiers and funs that the Erlang node has made. */
async function madeThere(): Promise<Term[]> {
  const made = await Promise.all([
    node.rpc(beam.name, 'erlang', 'self'),
    node.rpc(beam.name, 'erlang', 'make_ref'),
    node.rpc(beam.name, 'erlang', 'ports'),
    node.rpc(beam.name, 'erlang', 'processes'),
    node.rpc(beam.name, 'erl_eval', 'exprs', [await parsed('fun(X) -> X + 1 end.'), []]),
  ]);
  return [...made, node.pid, node.reference()];
}

async function parsed(source: string): Promise<Term> {
  const text = Array.from(source, (c) => c.charCodeAt(0));
  const scanned = (await node.rpc(beam.name, 'erl_scan', 'string', [text])) as Tuple<Term[]>;
  const tree = (await node.rpc(beam.name, 'erl_parse', 'parse_exprs', [scanned.elements[1]!])) as Tuple<Term[]>;
  return tree.elements[1]!;
}

test('what comes back is what was sent, and Erlang finds that what goes there again is the same', {
  timeout: 60_000,
}, async () => {
  const generator = new Generator(20_261_120, await madeThere());
  const samples = Array.from({ length: COUNT }, () => generator.term(3).value);
  const wrongHere: string[] = [];
  const wrongThere: string[] = [];
  let verdicts = 0;
  const mirror = registered('mirror', beam.name);
  const inbox = node.mailbox();
  inbox.onMessage((message) => {
    const { elements } = message as Tuple<Term[]>;
    if (elements[0] === atom('verdict')) {
      verdicts++;
      if (elements[2] !== true) wrongThere.push(format(samples[elements[1] as number] as Term));
      return;
    }
    const [n, term] = elements as [number, Term];
    if (!equals(term, samples[n])) wrongHere.push(`${format(samples[n] as Term)} came back as ${format(term)}`);
    inbox.send(mirror, tuple(atom('second'), inbox.pid, n, term));
  });
  for (const [n, value] of samples.entries()) {
    if (!inbox.send(mirror, tuple(atom('first'), inbox.pid, n, value))) await node.drained({ timeout: 10_000 });
  }
  await until('all verdicts', () => verdicts === COUNT, 50_000);
  expect(wrongHere.slice(0, 3)).toEqual([]);
  expect(wrongThere.slice(0, 3)).toEqual([]);
  expect(node.nodes()).toEqual([beam.name]);
});
