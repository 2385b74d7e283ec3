/** What is left of a message of 100 MB when it is gone. */
import { expect, test } from 'vitest';
import { useCluster } from '../helpers/cluster.ts';
import { load } from '../helpers/load.ts';
import { ensureBuilt, run } from '../helpers/program.ts';

const BYTES = 100_000_000;
const MARGIN = 2 ** 20;

const { cluster, beam } = useCluster(async ({ erlang }) => {
  await ensureBuilt();
  await load(erlang, new URL('../integration/erlang/large.erl', import.meta.url));
  await erlang.evaluate('large:start()');
});

test('nothing of a binary of 100 MB is left, neither out nor in', async () => {
  const facts = { cookie: cluster.cookie, epmdPort: cluster.epmd.port, beam: beam.name, bytes: BYTES, margin: MARGIN };
  const { code, stdout, stderr } = await run('large.mjs', facts, { flags: ['--expose-gc'] });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { before, out, into } = JSON.parse(stdout) as { before: number; out: number; into: number };
  expect(out).toBeLessThan(before + MARGIN);
  expect(into).toBeLessThan(before + MARGIN);
});
