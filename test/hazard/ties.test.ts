/** Links and monitors by the ten thousand leave nothing behind. */
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { useCluster } from '../helpers/cluster.ts';
import { Modules } from '../helpers/compile.ts';
import { ensureBuilt, run } from '../helpers/program.ts';

const MIB = 1024 * 1024;

let modules: Modules;
const { cluster, beam } = useCluster(async ({ erlang }) => {
  await ensureBuilt();
  modules = await Modules.compile(fileURLToPath(new URL('./erlang/ties.erl', import.meta.url)));
  await erlang.evaluate(`code:add_patha("${modules.folder}")`);
});
afterAll(() => modules.remove());

interface Figures {
  heap: number;
  descriptors: number;
  timers: number;
}

test('ten rounds of 10,000 links and 10,000 monitors each way, on 1,000 mailboxes', { timeout: 180_000 }, async () => {
  const facts = { cookie: cluster.cookie, epmdPort: cluster.epmd.port, beam: beam.name };
  const { code, stdout, stderr } = await run(
    'ties.mjs',
    { ...facts, rounds: 10, mailboxes: 1_000, each: 10 },
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
  const left = await beam.erlang.evaluate('{length(processes()), erlang:memory(processes) < 100000000}');
  expect(left).toMatch(/^\{\d{1,3},true\}$/);
});
