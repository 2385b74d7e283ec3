/** Mailboxes with a bound, under more than they can take: the memory of the process stays flat. */
import { expect, test } from 'vitest';
import { useCluster } from '../helpers/cluster.ts';
import { ensureBuilt, run } from '../helpers/program.ts';

/** What the garbage collector leaves lying for a while, in MiB. A sanitizer keeps what is freed. */
const SLACK = process.env.LD_PRELOAD?.includes('asan') ? 400 : 60;

const { cluster, beam } = useCluster(async ({ erlang }) => {
  await ensureBuilt();
  await erlang.evaluate(`
    register(source, spawn(fun Loop() ->
      receive {flood, To, Count, Size} ->
        Payload = binary:copy(<<7>>, Size),
        [To ! {N, Payload} || N <- lists:seq(1, Count)],
        Loop()
      end
    end))`);
});

test.each([
  ['bytes', { bytes: 1_000_000 }],
  ['messages', { messages: 100 }],
])('160 MB into a mailbox with a bound of %s', async (_, bound) => {
  const facts = { cookie: cluster.cookie, epmdPort: cluster.epmd.port, beam: beam.name };
  const outcome = await run('flood.mjs', { ...facts, bound, size: 8_000, count: 20_000 });
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
  const [, growth] = /^grew by (-?\d+) MiB$/m.exec(outcome.stdout) ?? [];
  expect(Number(growth)).toBeLessThan(SLACK);
});
