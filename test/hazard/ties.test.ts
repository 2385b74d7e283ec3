/** Links and monitors by the ten thousand leave nothing behind. */
import { expect, test } from 'vitest';
import { useCluster } from '../helpers/cluster.ts';
import { load } from '../helpers/load.ts';
import { ensureBuilt } from '../helpers/program.ts';
import { runRounds } from '../helpers/rounds.ts';

const { cluster, beam } = useCluster(async ({ erlang }) => {
  await ensureBuilt();
  await load(erlang, new URL('./erlang/ties.erl', import.meta.url));
});

test('ten rounds of 10,000 links and 10,000 monitors each way, on 1,000 mailboxes', { timeout: 180_000 }, async () => {
  const facts = { cookie: cluster.cookie, epmdPort: cluster.epmd.port, beam: beam.name };
  await runRounds('ties.mjs', { ...facts, rounds: 10, mailboxes: 1_000, each: 10 });
  const left = await beam.erlang.evaluate('{length(processes()), erlang:memory(processes) < 100000000}');
  expect(left).toMatch(/^\{\d{1,3},true\}$/);
});
