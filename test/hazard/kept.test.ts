/** Peers that are kept, from the side of the process; and a process that comes back while a peer holds its old link. */
import { expect, test } from 'vitest';
import { uniqueName, useCluster } from '../helpers/cluster.ts';
import { ended, ensureBuilt, run } from '../helpers/program.ts';
import { Relay } from '../helpers/relay.ts';

const { cluster, beam } = useCluster(ensureBuilt);
const facts = () => ({ cookie: cluster.cookie, epmdPort: cluster.epmd.port });

test('a process that does nothing but keep a peer stays while the peer is away', async () => {
  const late = uniqueName('late');
  const line = (text: string) => text === 'away' && void cluster.beam({ name: late });
  expect(await run('kept.mjs', { ...facts(), what: 'away', late }, { line })).toEqual(ended(0, 'away\ndone\n'));
});

test('a peer that was let go, disconnected or whose node was stopped does not keep the process alive', async () => {
  expect(await run('kept.mjs', { ...facts(), what: 'given' })).toEqual(ended());
});

test.skipIf(process.platform !== 'linux')(
  'five hundred losses of a kept link add no descriptor, thread or timer',
  async () => {
    expect(await run('kept.mjs', { ...facts(), what: 'lost', losses: 500 })).toEqual(ended());
  },
);

test('a process that is killed and started again takes over from its old link, which the peer still holds', async () => {
  const { name: peer, erlang } = beam;
  const name = uniqueName('again');
  const alive = peer.split('@')[0];
  const port = Number(await erlang.evaluate(`element(2, erl_epmd:port_please("${alive}", "127.0.0.1"))`));
  await using relay = await Relay.start(port);
  await erlang.evaluate('net_kernel:monitor_nodes(true, [{node_type, hidden}]), ok');
  const events = () =>
    erlang.evaluate('(fun F() -> receive {What, Node, _} -> [{What, Node} | F()] after 0 -> [] end end)()');
  const kill = (pid: string) => process.kill(Number(pid), 'SIGKILL');

  const first = await run('again.mjs', { ...facts(), name, beam: peer, port: relay.port }, { line: kill });
  expect(first).toMatchObject({ signal: 'SIGKILL', stderr: '' });
  expect(relay.connections).toBe(1);
  await erlang.evaluateUntil('nodes(hidden)', `['${name}']`);
  expect(await events()).toBe(`[{nodeup,'${name}'}]`);

  const seen: string[] = [];
  const second = await run(
    'again.mjs',
    { ...facts(), name, beam: peer },
    {
      line: async (pid) => {
        seen.push(await erlang.evaluate('nodes(hidden)'), await events());
        kill(pid);
      },
    },
  );
  expect(second).toMatchObject({ signal: 'SIGKILL', stderr: '' });
  expect(seen).toEqual([`['${name}']`, `[{nodedown,'${name}'},{nodeup,'${name}'}]`]);
  await erlang.evaluateUntil('nodes(hidden)', '[]');
});
