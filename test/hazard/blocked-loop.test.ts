import { expect, test } from 'vitest';
import { HiddenNode } from '../../lib/index.ts';
import { Epmd } from '../helpers/epmd.ts';
import { ErlangNode } from '../helpers/erlang.ts';

/** The shortest that makes sense for a BEAM, in seconds. */
const NET_TICK_TIME = 2;

test('an event loop that is blocked for four net tick times does not lose the node', async () => {
  await using epmd = await Epmd.start();
  const common = { cookie: 'secret', epmdPort: epmd.port };
  await using erl = await ErlangNode.start({
    name: 'beam@127.0.0.1',
    ...common,
    arguments: ['-kernel', 'net_ticktime', String(NET_TICK_TIME)],
  });
  await using node = await HiddenNode.start({
    name: 'js@127.0.0.1',
    cookie: common.cookie,
    epmd: { port: epmd.port },
    netTickTime: NET_TICK_TIME * 1_000,
  });
  const downs: string[] = [];
  node.on('nodedown', (_, reason) => downs.push(reason.code));
  await node.connect('beam@127.0.0.1');
  await erl.evaluate('net_kernel:monitor_nodes(true, [{node_type, hidden}]), ok');

  const end = Date.now() + 4 * NET_TICK_TIME * 1_000;
  while (Date.now() < end);

  await expect(node.ping('beam@127.0.0.1')).resolves.toBe(true);
  expect(downs).toEqual([]);
  expect(node.stats()['beam@127.0.0.1']!.ticksOut).toBeGreaterThanOrEqual(4);
  expect(await erl.evaluate('receive Any -> Any after 0 -> nothing end')).toBe('nothing');
  expect(await erl.evaluate('nodes(hidden)')).toBe("['js@127.0.0.1']");
});
