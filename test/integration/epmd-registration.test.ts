/** A node's name in EPMD, when EPMD goes and comes back. */
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { HiddenNode, names } from '../../lib/index.ts';
import { uniqueName } from '../helpers/cluster.ts';
import { Epmd } from '../helpers/epmd.ts';
import { ErlangNode } from '../helpers/erlang.ts';
import { until } from '../helpers/until.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

function keep<T extends { stop(): Promise<void> }>(one: T): T {
  running.push(one);
  return one;
}

async function start(epmd: Epmd, name = uniqueName('js')): Promise<HiddenNode> {
  return keep(await HiddenNode.start({ name, cookie: 'secret', epmd: { port: epmd.port } }));
}

test('a killed EPMD is noticed, links go on, and the name is back when EPMD is', async () => {
  const epmd = keep(await Epmd.start());
  const node = await start(epmd);
  const beamName = uniqueName('beam');
  const beam = keep(await ErlangNode.start({ name: beamName, cookie: 'secret', epmdPort: epmd.port }));
  await node.connect(beamName);
  const events: string[] = [];
  node.on('epmdlost', (reason) => events.push(`lost ${reason.code}`));
  node.on('epmdregained', () => events.push('regained'));

  await epmd.stop();
  await until('the loss', () => events.length > 0);
  expect(node.registeredInEpmd).toBe(false);
  expect(await node.ping(beamName)).toBe(true);
  expect(await beam.evaluate(`net_adm:ping('${node.name}')`)).toBe('pong');

  keep(await Epmd.start(epmd.port));
  await until('the name', () => node.registeredInEpmd);
  expect(events).toEqual(['lost epmd_unreachable', 'regained']);
  expect(await names({ host: '127.0.0.1', port: epmd.port })).toContainEqual({
    name: node.name.split('@')[0],
    port: node.port,
  });
  // A node that was not there before finds it.
  const late = keep(await ErlangNode.start({ name: uniqueName('late'), cookie: 'secret', epmdPort: epmd.port }));
  expect(await late.evaluate(`net_adm:ping('${node.name}')`)).toBe('pong');
});

test('a name that another node took in the meantime is told, and taken back when it is free', async () => {
  const epmd = keep(await Epmd.start());
  const node = await start(epmd);
  const reasons: string[] = [];
  node.on('epmdlost', (reason) => reasons.push(reason.code));
  await epmd.stop();
  await until('the loss', () => reasons.length > 0);
  // The thief must be faster than the next attempt of the node; when it is not, EPMD goes away once more.
  const thief = await until('the thief to be faster', async () => {
    const again = keep(await Epmd.start(epmd.port));
    try {
      return await HiddenNode.start({ name: node.name, cookie: 'secret', epmd: { port: again.port } });
    } catch {
      await again.stop();
      return undefined;
    }
  });
  keep(thief);
  await until('the refusal', () => reasons.includes('name_taken'));
  expect(node.registeredInEpmd).toBe(false);
  const regained = once(node, 'epmdregained');
  await thief.stop();
  await regained;
  expect(node.registeredInEpmd).toBe(true);
});

test('a node that stops while EPMD is gone stops at once and stays away', async () => {
  const epmd = keep(await Epmd.start());
  const node = await start(epmd);
  const lost = once(node, 'epmdlost');
  await epmd.stop();
  await lost;
  await node.stop();
  const again = keep(await Epmd.start(epmd.port));
  const heir = await start(again, node.name);
  expect(heir.registeredInEpmd).toBe(true);
  expect(node.registeredInEpmd).toBe(false);
});
