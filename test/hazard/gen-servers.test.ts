/** A hundred thousand calls each way leave nothing behind. */
import { expect, test } from 'vitest';
import { useCluster } from '../helpers/cluster.ts';
import { load } from '../helpers/load.ts';
import { ended, ensureBuilt, run } from '../helpers/program.ts';
import { runRounds } from '../helpers/rounds.ts';

const { cluster, beam } = useCluster(async ({ erlang }) => {
  await ensureBuilt();
  await load(erlang, new URL('../integration/erlang/calc_server.erl', import.meta.url));
  await erlang.evaluate('calc_server:start(calc)');
});

const facts = () => ({ cookie: cluster.cookie, epmdPort: cluster.epmd.port, beam: beam.name });

test('ten rounds of 10,000 calls each way, answered, failed and late', { timeout: 180_000 }, async () => {
  await runRounds('gen-servers.mjs', { ...facts(), rounds: 10, calls: 10_000 });
  // No process of the Erlang node is left, and nobody monitors its server any more.
  expect(await beam.erlang.evaluate('process_info(whereis(calc), [monitored_by, message_queue_len])')).toBe(
    '[{monitored_by,[]},{message_queue_len,0}]',
  );
});

test('what handlers of casts and messages throw is an uncaught exception, and hurts no server', async () => {
  expect(await run('server-throw.mjs', facts())).toEqual(
    ended(0, 'uncaught: cast\nuncaught: info\nuncaught: later\nuncaught: terminate\nuncaught: from error\ndone\n'),
  );
});
