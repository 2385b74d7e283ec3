/** Remote calls by the ten thousand, both ways: no round may leave anything for the next. */
import { test } from 'vitest';
import { useCluster } from '../helpers/cluster.ts';
import { load } from '../helpers/load.ts';
import { ensureBuilt } from '../helpers/program.ts';
import { runRounds } from '../helpers/rounds.ts';

const { cluster, beam } = useCluster(async ({ erlang }) => {
  await ensureBuilt();
  await load(erlang, new URL('./erlang/caller.erl', import.meta.url));
});

test('ten rounds of 10,000 calls from Erlang and 4,400 to it', { timeout: 180_000 }, async () => {
  const facts = { cookie: cluster.cookie, epmdPort: cluster.epmd.port, beam: beam.name };
  const before = await beam.erlang.evaluate('length(processes())');
  await runRounds('remote-calls.mjs', { ...facts, rounds: 10, count: 1_000 });
  await beam.erlang.evaluateUntil('length(processes())', before);
});
