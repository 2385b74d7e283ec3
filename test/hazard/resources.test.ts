/** What a long-lived process must not lose: descriptors, threads, memory, and its head when a peer is killed. */
import { afterAll, expect, test } from 'vitest';
import { useCluster } from '../helpers/cluster.ts';
import { HandmadeListener } from '../helpers/handmade-peer.ts';
import { ended, ensureBuilt, run } from '../helpers/program.ts';

let silent: HandmadeListener;
const { cluster, beam } = useCluster(async () => {
  await ensureBuilt();
  silent = await HandmadeListener.start();
});
afterAll(() => silent.stop());

function facts(): object {
  return { cookie: cluster.cookie, epmdPort: cluster.epmd.port, beam: beam.name, silentPort: silent.port };
}

test.skipIf(process.platform !== 'linux')('a hundred starts and stops add no descriptor and no thread', async () => {
  expect(await run('cycles.mjs', { ...facts(), cycles: 50 })).toEqual(ended());
});

test('closed mailboxes and stopped nodes are collected', async () => {
  expect(await run('gc.mjs', facts(), { flags: ['--expose-gc'] })).toEqual(ended());
});

test('twenty nodes in one process connect to each other at the same time', async () => {
  expect(await run('mesh.mjs', { ...facts(), count: 20 })).toEqual(ended());
});

test('a peer that is killed in full traffic is down, its calls end, and the node goes on', async () => {
  const doomed = await cluster.beam();
  await doomed.erlang.evaluate(
    'register(echo, spawn(fun Loop() -> receive [From, What] -> From ! What, Loop() end end))',
  );
  const outcome = await run(
    'traffic.mjs',
    { ...facts(), beam: doomed.name, next: beam.name },
    { line: (text) => text === 'in full traffic' && doomed.erlang.signal('SIGKILL') },
  );
  expect(outcome).toEqual(ended(0, 'in full traffic\ndone\n'));
});
