/** Messages at the limit `maxFrameBytes`, to the byte, both ways. */
import { expect, test } from 'vitest';
import { atom, type HiddenNode, type Mailbox, registered, tuple } from '../../lib/index.ts';
import { useCluster } from '../helpers/cluster.ts';
import { load } from '../helpers/load.ts';
import { failure, until } from '../helpers/until.ts';

const LIMIT = 100_000;
const LENGTH_BYTES = 4;
/** Some content, so that what is around it can be counted. */
const SAMPLE = 1_000;

const { cluster, beam } = useCluster(async ({ erlang }) => {
  await load(erlang, new URL('erlang/large.erl', import.meta.url));
  await erlang.evaluate('large:start()');
});

async function limited(): Promise<{ node: HiddenNode; inbox: Mailbox; downs: { code: string; facts: unknown }[] }> {
  const node = await cluster.node({ maxFrameBytes: LIMIT });
  const downs: { code: string; facts: unknown }[] = [];
  node.on('nodedown', (_name, { code, facts }) => downs.push({ code, facts }));
  await node.connect(beam.name);
  return { node, inbox: node.mailbox('inbox'), downs };
}

// Below zeroCopyBytes everything is copied, above it the binary stands between two pieces.
test.each([65_536, 1_000_000])(
  'out, with zeroCopyBytes %i: the limit goes through, one byte more does not',
  async (zeroCopyBytes) => {
    const node = await cluster.node({ maxFrameBytes: LIMIT, zeroCopyBytes });
    await node.connect(beam.name);
    const inbox = node.mailbox();
    const stats = () => node.stats()[beam.name]!;
    const send = (bytes: number): Buffer => {
      const content = Buffer.alloc(bytes, bytes);
      inbox.send(registered('large', beam.name), tuple(atom('order'), inbox.pid, content));
      return content;
    };
    const before = stats().bytesOut;
    send(SAMPLE);
    const around = stats().bytesOut - before - SAMPLE - LENGTH_BYTES;
    await inbox.receive({ timeout: 5_000 });

    const most = LIMIT - around;
    // What comes back has less around it, so the limit holds none of it up.
    const accepted = [send(1), send(most - 1), send(most)];
    const { messagesOut, bytesOut } = stats();
    expect(await failure(() => send(most + 1))).toMatchObject({
      code: 'message_too_large',
      facts: { bytes: LIMIT + 1, maxFrameBytes: LIMIT },
    });
    expect(stats()).toMatchObject({ messagesOut, bytesOut });
    accepted.push(send(2));
    for (const content of accepted) expect(await inbox.receive({ timeout: 5_000 })).toEqual(content);
    expect(inbox.size).toBe(0);
    expect(node.nodes()).toEqual([beam.name]);
  },
);

test('in: the limit is taken, and one byte more ends the link behind all that came before', async () => {
  const { node, inbox, downs } = await limited();
  const blast = (...sizes: number[]) =>
    beam.erlang.evaluate(`[{inbox, '${node.name}'} ! binary:copy(<<7>>, N) || N <- [${sizes}]], ok`);
  const arrived = async (count: number): Promise<number[]> => {
    const sizes: number[] = [];
    while (sizes.length < count) sizes.push(((await inbox.receive({ timeout: 5_000 })) as Buffer).length);
    return sizes;
  };
  const before = node.stats()[beam.name]!.bytesIn;
  await blast(SAMPLE);
  await arrived(1);
  const around = node.stats()[beam.name]!.bytesIn - before - SAMPLE - LENGTH_BYTES;

  const most = LIMIT - around;
  await blast(1, most - 1, most, 2);
  expect(await arrived(4)).toEqual([1, most - 1, most, 2]);
  expect(downs).toEqual([]);
  await blast(3, most, most + 1, 4);
  await until('the end of the link', () => downs.length > 0);
  expect(downs).toEqual([{ code: 'frame_too_large', facts: { bytes: LIMIT + 1, maxFrameBytes: LIMIT } }]);
  expect(await arrived(2)).toEqual([3, most]);
  expect(inbox.size).toBe(0);
});
