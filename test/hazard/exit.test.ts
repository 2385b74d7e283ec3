/** Processes that end without having stopped their node. */
import { expect, test } from 'vitest';
import { useCluster } from '../helpers/cluster.ts';
import { ended, ensureBuilt, run } from '../helpers/program.ts';

const { cluster, beam } = useCluster(ensureBuilt);
const facts = () => ({ cookie: cluster.cookie, epmdPort: cluster.epmd.port, beam: beam.name });

test.each([
  'starting',
  'listening',
  'dialing',
  'waiting for a status',
  'waiting for an acknowledgement',
  'accepting',
  'connected',
  'in full traffic',
])('process.exit while it is %s ends the process with its code and without a word', async (phase) => {
  expect(await run('exit.mjs', { ...facts(), phase })).toEqual(ended(7, 'leaving\n'));
  await beam.erlang.evaluateUntil('nodes(hidden)', '[]');
});

test('a process whose node has stopped ends by itself', async () => {
  expect(await run('stop.mjs', facts())).toEqual(ended());
});

test('a process that is killed is gone from the cluster', async () => {
  let kill = (): void => undefined;
  const killed = run('wait.mjs', facts(), { line: (pid) => (kill = () => process.kill(Number(pid), 'SIGKILL')) });
  await beam.erlang.evaluateUntil('length(nodes(hidden))', '1');
  kill();
  expect(await killed).toMatchObject({ signal: 'SIGKILL', stderr: '' });
  await beam.erlang.evaluateUntil('nodes(hidden)', '[]');
});

test('what a handler, a listener or a subscriber throws is an uncaught exception, and hurts no link', async () => {
  expect(await run('throw.mjs', facts())).toEqual(
    ended(0, 'uncaught: from nodeup\nuncaught: from handler 1\nuncaught: from handler 2\nreceived 3\nalive\n'),
  );
});
