/** Remote calls by the ten thousand, both ways: no round may leave anything for the next. */
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { useCluster } from '../helpers/cluster.ts';
import { Modules } from '../helpers/compile.ts';
import { ensureBuilt, run } from '../helpers/program.ts';

const MIB = 2 ** 20;
let modules: Modules;
const { cluster, beam } = useCluster(async ({ erlang }) => {
  await ensureBuilt();
  modules = await Modules.compile(fileURLToPath(new URL('./erlang/caller.erl', import.meta.url)));
  await erlang.evaluate(`code:add_patha("${modules.folder}")`);
});
afterAll(() => modules.remove());

interface Figures {
  heap: number;
  descriptors: number;
  timers: number;
}

test('ten rounds of 10,000 calls from Erlang and 4,400 to it', { timeout: 180_000 }, async () => {
  const facts = { cookie: cluster.cookie, epmdPort: cluster.epmd.port, beam: beam.name };
  const before = await beam.erlang.evaluate('length(processes())');
  const { code, stdout, stderr } = await run(
    'remote-calls.mjs',
    { ...facts, rounds: 10, count: 1_000 },
    { flags: ['--expose-gc'], timeout: 170_000 },
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const figures: Figures[] = JSON.parse(stdout);
  expect(figures).toHaveLength(10);
  const [, second] = figures;
  const last = figures.at(-1)!;
  expect(last.heap).toBeLessThan(second!.heap + 0.5 * MIB);
  expect(last.descriptors).toBe(second!.descriptors);
  expect(last.timers).toBe(second!.timers);
  await beam.erlang.evaluateUntil('length(processes())', before);
});
