/** Each release of Erlang/OTP as the one that sends too fast, and as the one that is sent to. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { atom, registered, type Tuple, tuple } from '../../lib/index.ts';
import { useCluster } from '../helpers/cluster.ts';
import { describeReleases } from '../helpers/releases.ts';
import { until } from '../helpers/until.ts';

const NET_TICK_TIME = 2_000;
const COUNT = 6_000;

describeReleases('back-pressure', ({ options }) => {
  const { cluster, beam } = useCluster(undefined, { ...options, arguments: ['-kernel', 'net_ticktime', '2'] });

  test('a process that floods a mailbox with a bound is suspended, the connection is kept, and everything arrives', async () => {
    const node = await cluster.node({ netTickTime: NET_TICK_TIME });
    const downs: string[] = [];
    node.on('nodedown', (_, { code }) => downs.push(code));
    const mailbox = node.mailbox('bounded', { bound: { messages: 50 } });
    await node.connect(beam.name);
    await beam.erlang.evaluate(`register(flooder, spawn(fun() ->
      Payload = binary:copy(<<7>>, 8000),
      [{bounded, '${node.name}'} ! {N, Payload} || N <- lists:seq(1, ${COUNT})] end)), ok`);
    await until('the connection to be held up', () => node.stats()[beam.name]?.paused);
    await beam.erlang.evaluateUntil('process_info(whereis(flooder), status)', '{status,suspended}');
    await delay(2.5 * NET_TICK_TIME);
    expect(mailbox.size).toBe(50);
    for (let n = 1; n <= COUNT; n++) {
      const message = await mailbox.receive<Tuple<[number, Buffer]>>({ timeout: 10_000 });
      if (message.elements[0] !== n) throw new Error(`${message.elements[0]} came in place of ${n}`);
    }
    expect(downs).toEqual([]);
  });

  test('a gen_server acknowledges what comes through a window', async () => {
    const node = await cluster.node();
    const window = node.window(registered('rex', beam.name), { size: 10 });
    const request = tuple(atom('call'), atom('erlang'), atom('node'), [], atom('user'));
    for (let n = 0; n < 200; n++) await window.send(request);
    await window.flush({ timeout: 10_000 });
    expect(window.unacknowledged()).toEqual([]);
  });
});
