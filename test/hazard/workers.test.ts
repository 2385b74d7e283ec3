/** Worker threads with nodes of their own. */
import { expect, test } from 'vitest';
import { useCluster } from '../helpers/cluster.ts';
import { ended, ensureBuilt, run } from '../helpers/program.ts';

const PHASES = [
  'loaded',
  'starting',
  'listening',
  'dialing',
  'shaking hands',
  'accepting',
  'connected',
  'in full traffic',
  'stopping',
  'stopped',
];

const { cluster, beam } = useCluster(async ({ erlang }) => {
  await ensureBuilt();
  await erlang.evaluate('register(echo, spawn(fun Loop() -> receive [From, N] -> From ! N, Loop() end end))');
});
const facts = () => ({ cookie: cluster.cookie, epmdPort: cluster.epmd.port, beam: beam.name });

test.each(PHASES)(
  'a worker that is terminated while it is %s leaves the process and its other nodes alone',
  async (phase) => {
    expect(await run('workers.mjs', { ...facts(), phases: [phase], rounds: 3 })).toEqual(ended());
    await beam.erlang.evaluateUntil('nodes(hidden)', '[]');
  },
);

test('many workers at once, each in another phase', async () => {
  expect(await run('workers.mjs', { ...facts(), phases: PHASES, rounds: 3 })).toEqual(ended());
  await beam.erlang.evaluateUntil('nodes(hidden)', '[]');
});

test('workers that are terminated in the middle of a call of the addon', async () => {
  expect(await run('busy-workers.mjs', facts())).toEqual(ended());
});
