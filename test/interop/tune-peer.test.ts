/** Each release of Erlang/OTP with its socket tuned from here, and by the lines of the README for those who start it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type HiddenNode, registered, type Tuple, tuple } from '../../lib/index.ts';
import { Cluster, type NamedErlang, useCluster } from '../helpers/cluster.ts';
import { describeReleases, type Release } from '../helpers/releases.ts';
import { until } from '../helpers/until.ts';

const TUNED = { delaySend: true, buffer: 65_536 };
const PRINTED_TUNED = '{ok,[{delay_send,true},{buffer,65536}]}';

/** The options of the Erlang node's socket for a node of the library, as it prints them. */
function atPeer({ erlang }: NamedErlang, { name }: HiddenNode): Promise<string> {
  return erlang.evaluate(`net_kernel:getopts('${name}', [delay_send, buffer])`);
}

/** The median time of a message to the process `echo` and back, one at a time, in milliseconds. */
async function roundTrip(node: HiddenNode, peer: string): Promise<number> {
  const mailbox = node.mailbox();
  const times: number[] = [];
  for (let n = 0; n < 101; n++) {
    const start = performance.now();
    mailbox.send(registered('echo', peer), tuple(mailbox.pid, n));
    expect(await mailbox.receive({ timeout: 5_000 })).toBe(n);
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[50]!;
}

describeReleases('peer tuning', ({ otp, options }) => {
  const arguments_ = ['-kernel', 'net_ticktime', '2'];
  const untuned = { delaySend: false, buffer: otp < 29 ? 1460 : 9216 };
  const printedUntuned = `{ok,[{delay_send,false},{buffer,${untuned.buffer}}]}`;
  const { cluster, beam } = useCluster(
    async ({ erlang }) => {
      await erlang.evaluate(
        'register(echo, spawn(fun() -> Echo = fun(F) -> receive {P, M} -> P ! M, F(F) end end, Echo(Echo) end))',
      );
    },
    { ...options, arguments: arguments_ },
  );

  test('the options of the socket are set, and set back', async () => {
    const node = await cluster.node();
    const tuning = await node.tunePeer(beam.name);
    expect(tuning).toMatchObject({ before: untuned, after: TUNED });
    expect(await atPeer(beam, node)).toBe(PRINTED_TUNED);
    expect(await tuning.undo()).toBe(true);
    expect(await atPeer(beam, node)).toBe(printedUntuned);
  });

  test('so they are for a connection that the Erlang node has opened', async () => {
    const node = await cluster.node();
    expect(await beam.erlang.evaluate(`net_kernel:connect_node('${node.name}')`)).toBe('true');
    await until('the link here', () => node.nodes().includes(beam.name));
    expect(await node.tunePeer(beam.name)).toMatchObject({ before: untuned, after: TUNED });
    expect(await atPeer(beam, node)).toBe(PRINTED_TUNED);
  });

  test('a quiet link is kept by ticks in both directions', async () => {
    const node = await cluster.node({ netTickTime: 2_000 });
    const downs: string[] = [];
    node.on('nodedown', (_, { code }) => downs.push(code));
    await node.tunePeer(beam.name);
    const before = node.stats()[beam.name]!;
    const since = performance.now();
    // Four ticks are the whole of a net tick time: longer than either side would keep a link without them.
    await until('ticks both ways', () => {
      const { ticksIn = 0, ticksOut = 0 } = node.stats()[beam.name] ?? {};
      return downs.length > 0 || (ticksIn >= 8 && ticksOut >= 8);
    });
    expect(performance.now() - since).toBeGreaterThan(3_000);
    expect(downs).toEqual([]);
    expect(node.stats()[beam.name]!.messagesIn).toBe(before.messagesIn);
    expect(await atPeer(beam, node)).toBe(PRINTED_TUNED);
  });

  test('a message that is alone is not held back', async () => {
    const node = await cluster.node();
    await node.connect(beam.name);
    await roundTrip(node, beam.name);
    const usual = await roundTrip(node, beam.name);
    await node.tunePeer(beam.name);
    // What waits for an acknowledgement, or for a timer of the system, takes 40 ms.
    expect(await roundTrip(node, beam.name)).toBeLessThan(3 * usual + 5);
  });

  test('many messages at once arrive complete and in order, also while it is undone', async () => {
    const node = await cluster.node();
    const inbox = node.mailbox('inbox');
    const tuning = await node.tunePeer(beam.name);
    const count = 30_000;
    await beam.erlang.evaluate(
      `spawn(fun() -> [{inbox, '${node.name}'} ! {N, <<"hello world">>} || N <- lists:seq(1, ${count})] end), ok`,
    );
    const undone = tuning.undo();
    for (let n = 1; n <= count; n++) {
      const { elements } = await inbox.receive<Tuple<[number, Buffer]>>({ timeout: 10_000 });
      if (elements[0] !== n) throw new Error(`${elements[0]} came in place of ${n}`);
    }
    expect(await undone).toBe(true);
    expect(await atPeer(beam, node)).toBe(printedUntuned);
  });
});

const README = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
const LINES = README.match(/^-kernel inet_dist_(?:listen|connect)_options .*$/gm) ?? [];

/** A folder that a release finds under the name that it is given here. */
function folderFor({ options: { root = '/' } }: Release): { inside: string; outside: string } {
  const outside = mkdtempSync(join(root, 'tmp/hidden-node-test-'));
  return { outside, inside: root === '/' ? outside : outside.slice(root.length) };
}

describe('the lines of the README for vm.args', () => {
  test('are two', () => {
    expect(LINES).toHaveLength(2);
  });

  describeReleases('do the same from the start', (release) => {
    const cluster = new Cluster();
    let folder: ReturnType<typeof folderFor>;
    let beam: NamedErlang;
    beforeAll(async () => {
      folder = folderFor(release);
      writeFileSync(join(folder.outside, 'vm.args'), `## Flags of the release\n\n${LINES.join('\n')}\n`);
      await cluster.begin();
      beam = await cluster.beam({ ...release.options, arguments: ['-args_file', join(folder.inside, 'vm.args')] });
    });
    afterEach(() => cluster.stopNodes());
    afterAll(async () => {
      await cluster.stop();
      rmSync(folder.outside, { recursive: true, force: true });
    });

    test('for a connection that it takes', async () => {
      const node = await cluster.node();
      expect(await node.tunePeer(beam.name)).toMatchObject({ before: TUNED, after: TUNED });
    });

    test('for one that it opens', async () => {
      const node = await cluster.node();
      expect(await beam.erlang.evaluate(`net_kernel:connect_node('${node.name}')`)).toBe('true');
      expect(await atPeer(beam, node)).toBe(PRINTED_TUNED);
    });
  });
});
