/** A node with many links at once: what each of them costs, and that none of them is disturbed by another. */
import { expect, test } from 'vitest';
import { uniqueName, useCluster } from '../helpers/cluster.ts';
import { HandmadeListener, HandmadePeer } from '../helpers/handmade-peer.ts';
import { ensureBuilt, run } from '../helpers/program.ts';
import type { Figures } from '../helpers/rounds.ts';

const PROCESSES = 3;
const EACH = 20;

/** What a link takes from the heap, in bytes: three times what was measured. */
const HEAP_PER_LINK = 40 * 1024;

const { cluster } = useCluster(ensureBuilt);

/** A peer that shakes hands, and then does what it is told. */
async function peerThat(misbehaves: (peer: HandmadePeer) => void) {
  const name = uniqueName('odd');
  const listener = await HandmadeListener.start(async (socket) => {
    misbehaves(await new HandmadePeer(socket, { name, cookie: cluster.cookie }).answerHandshake());
  });
  return { name, port: listener.port, [Symbol.asyncDispose]: () => listener.stop() };
}

test.skipIf(process.platform !== 'linux')(
  'sixty links cost a descriptor and little memory each, and go on when others misbehave',
  async () => {
    await using silent = await peerThat((peer) => peer.socket.pause());
    await using malformed = await peerThat((peer) => peer.write(Buffer.from([0, 0, 0, 1, 200])));
    const { cookie, epmd } = cluster;
    const facts = { cookie, epmdPort: epmd.port, processes: PROCESSES, each: EACH, silent, malformed };
    const { code, stdout, stderr } = await run('many-links.mjs', facts, { flags: ['--expose-gc'] });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [figures, end] = stdout.trim().split('\n');
    expect(end).toBe('done');
    const { few, many }: Record<string, Figures & { links: number }> = JSON.parse(figures!);
    expect([few!.links, many!.links]).toEqual([EACH, PROCESSES * EACH]);
    const more = many!.links - few!.links;
    expect(many!.descriptors - few!.descriptors).toBe(more);
    expect(many!.threads).toBe(few!.threads);
    expect((many!.heap - few!.heap) / more).toBeLessThan(HEAP_PER_LINK);
  },
);
