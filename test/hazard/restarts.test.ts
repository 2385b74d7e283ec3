/** A hundred restarts under steady traffic with acknowledgement: nothing that was acknowledged is lost, and nothing grows. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Cluster, uniqueName } from '../helpers/cluster.ts';
import { Modules } from '../helpers/compile.ts';
import { ensureBuilt, run } from '../helpers/program.ts';
import { expectNoGrowth, type Figures } from '../helpers/rounds.ts';
import { until } from '../helpers/until.ts';

const MIB = 1024 * 1024;
/** Under a sanitizer everything takes many times as long. */
const RESTARTS = process.env.LD_PRELOAD?.includes('asan') ? 15 : 100;
const WARM = 10;

let cluster: Cluster;
let modules: Modules;

beforeAll(async () => {
  cluster = await Cluster.start();
  await ensureBuilt();
  modules = await Modules.compile(fileURLToPath(new URL('./erlang/ledger.erl', import.meta.url)));
});
afterAll(async () => {
  await cluster.stop();
  await modules.remove();
});

test('of a peer', { timeout: 240_000 }, async () => {
  const facts = { cookie: cluster.cookie, epmdPort: cluster.epmd.port, beam: uniqueName('mortal') };
  const files = { folder: modules.folder, file: modules.path('peer') };
  const { code, stdout, stderr } = await run(
    'peer-restarts.mjs',
    { ...facts, ...files, restarts: RESTARTS, each: 200, warm: WARM },
    { flags: ['--expose-gc'], timeout: 230_000 },
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { acknowledged, codes, figures } = JSON.parse(stdout);
  expect(acknowledged).toBeGreaterThan(RESTARTS * 200);
  expect(codes).toEqual([['noconnection', RESTARTS + 1]]);
  const [early, late] = figures as [Figures, Figures];
  // A pause between two attempts may be under way or not.
  expectNoGrowth({ ...early, timers: early.timers + 1 }, late, 2 * MIB);
});

test('of the node, by SIGKILL in full traffic', { timeout: 240_000 }, async () => {
  const beam = await cluster.beam({ arguments: ['-pa', modules.folder] });
  const name = uniqueName('phoenix');
  const [ledger, received, acknowledged] = ['ledger', 'received', 'acknowledged'].map((file) => modules.path(file));
  await writeFile(received!, '');
  await writeFile(acknowledged!, '0\n');
  await beam.erlang.evaluate(`ledger:start("${ledger}"), ledger:feed('${name}')`);
  const facts = { cookie: cluster.cookie, epmdPort: cluster.epmd.port, beam: beam.name, name };
  let early = '';
  for (let life = 0; life < RESTARTS; life++) {
    const outcome = await run('incarnation.mjs', { ...facts, received, acknowledged, each: 50 });
    expect(outcome).toEqual({ code: null, signal: 'SIGKILL', stdout: '', stderr: '' });
    await beam.erlang.evaluateUntil('nodes(hidden)', '[]');
    await beam.erlang.evaluateUntil(
      `lists:keymember("${name.split('@')[0]}", 1, element(2, net_adm:names()))`,
      'false',
    );
    if (life === WARM) early = await beam.erlang.evaluate('ledger:footprint()');
  }
  const fed: number[] = JSON.parse(await beam.erlang.evaluate('ledger:fed()'));
  expect(fed.length).toBeGreaterThan(RESTARTS * 50);
  expect(missing(fed, await numbers(received!))).toEqual([]);
  const confirmed = await numbers(acknowledged!);
  expect(confirmed.size).toBeGreaterThan(RESTARTS * 50);
  confirmed.delete(0);
  expect(missing(confirmed, await numbers(ledger!))).toEqual([]);
  // A handful of atoms comes with what this test evaluates.
  const [processes, ports, atoms] = JSON.parse(early) as [number, number, number];
  // The processes of a connection that was lost end a moment after it is gone from nodes().
  await until('the footprint of before', async () => {
    const late = JSON.parse(await beam.erlang.evaluate('ledger:footprint()')) as [number, number, number];
    return late[0] <= processes && late[1] <= ports && late[2] <= atoms + 20;
  });
});

async function numbers(file: string): Promise<Set<number>> {
  return new Set((await readFile(file, 'utf8')).trim().split('\n').map(Number));
}

function missing(expected: Iterable<number>, found: Set<number>): number[] {
  return [...expected].filter((number) => !found.has(number));
}
