import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { type HiddenNode, type HiddenNodeError, registered } from '../../lib/index.ts';
import { uniqueName, useCluster } from '../helpers/cluster.ts';
import { Epmd, freePort } from '../helpers/epmd.ts';
import { HandmadeListener, HandmadePeer } from '../helpers/handmade-peer.ts';
import { attempts, count, journal, LONG, SHORT } from '../helpers/links.ts';
import { failure, until } from '../helpers/until.ts';

const { cluster, beam } = useCluster();

describe('connect with retry', () => {
  test('waits for a peer that has not been started yet', async () => {
    const node = await cluster.node({ backoff: SHORT });
    const lines = journal(node);
    const name = uniqueName('late');
    const connected = node.connect(name, { retry: true });
    await until('three attempts', () => count(lines, `failed ${name} peer_unknown`) >= 3);
    const late = await cluster.beam({ name });
    const start = performance.now();
    await connected;
    // One pause, and the attempt: generously, since the machine may be busy.
    expect(performance.now() - start).toBeLessThan(SHORT.longest + 2_000);
    expect(lines.at(-1)).toBe(`up ${name}`);
    await late.erlang.evaluateUntil('nodes(hidden)', `['${node.name}']`);
  });

  test('is served by a link that the peer opens', async () => {
    const node = await cluster.node({ backoff: LONG });
    const name = uniqueName('calling');
    const failed = once(node, 'linkfailed');
    const connected = node.connect(name, { retry: true });
    await failed;
    const calling = await cluster.beam({ name });
    expect(await calling.erlang.evaluate(`net_kernel:connect_node('${node.name}')`)).toBe('true');
    await connected;
    expect(node.nodes()).toEqual([name]);
  });

  test('is served by a link that a send of this node opens', async () => {
    const node = await cluster.node({ backoff: LONG });
    const name = uniqueName('sent');
    const failed = once(node, 'linkfailed');
    const connected = node.connect(name, { retry: true });
    await failed;
    await cluster.beam({ name });
    node.send(registered('nobody', name), 'hello');
    await connected;
    expect(node.nodes()).toEqual([name]);
  });

  test('waits while EPMD is away, and finds the peer when both are back', async () => {
    const port = await freePort();
    const node = await cluster.node({ backoff: SHORT, listen: false, epmd: { port } });
    const lines = journal(node);
    const name = uniqueName('back');
    const connected = node.connect(name, { retry: true, timeout: 30_000 });
    await until('attempts without EPMD', () => count(lines, `failed ${name} epmd_unreachable`) >= 2);
    await using _epmd = await Epmd.start(port);
    await until('an attempt with EPMD', () => lines.includes(`failed ${name} peer_unknown`));
    await cluster.beam({ name, epmdPort: port });
    await connected;
    expect(node.nodes()).toEqual([name]);
  });

  test('says at the end of its time how often it tried, and what the latest attempt failed with', async () => {
    const node = await cluster.node({ backoff: SHORT });
    const name = uniqueName('never');
    const tried = attempts(node, name);
    const error = (await failure(node.connect(name, { retry: true, timeout: 1_500 }))) as HiddenNodeError;
    tried.stop();
    expect(error).toMatchObject({
      code: 'timeout',
      facts: { stage: 'connect', peer: name, timeout: 1_500, attempts: tried.count },
    });
    // On a busy machine the time may be over in the middle of the latest attempt.
    expect(['peer_unknown', 'timeout']).toContain((error.cause as HiddenNodeError).code);
    expect(tried.count).toBeGreaterThanOrEqual(3);
  });

  test('its time covers an attempt that hangs, which is then the cause', async () => {
    await using silent = await HandmadeListener.start();
    const node = await cluster.node();
    const connected = node.connect(uniqueName('silent'), { retry: true, port: silent.port, timeout: 300 });
    expect(await failure(connected)).toMatchObject({
      code: 'timeout',
      facts: { timeout: 300, attempts: 1 },
      cause: { code: 'timeout', facts: { stage: 'handshake' } },
    });
  });

  test('a wrong cookie ends it with the second attempt', async () => {
    const node = await cluster.node({ cookie: 'wrong', backoff: SHORT });
    const tried = attempts(node, beam.name);
    const error = await failure(node.connect(beam.name, { retry: true }));
    tried.stop();
    expect(error).toMatchObject({ code: 'cookie_mismatch', facts: { peer: beam.name } });
    expect(tried.count).toBe(2);
  });

  test('a peer that hangs up in the middle of its handshake, as one does that is killed, does not end it', async () => {
    const name = uniqueName('killed');
    await using listener = await HandmadeListener.start(async (socket) => {
      const first = listener.connections === 1;
      const peer = new HandmadePeer(socket, { name, cookie: first ? 'other' : cluster.cookie });
      await peer.answerHandshake();
      if (first) peer.destroy();
    });
    const node = await cluster.node({ backoff: SHORT });
    const lines = journal(node);
    await node.connect(name, { retry: true, port: listener.port });
    expect(lines).toEqual([`failed ${name} cookie_mismatch`, `up ${name}`]);
  });

  test('mistakes end it at once', async () => {
    const node = await cluster.node({ backoff: LONG });
    const stream = new PassThrough();
    const wrong = [
      ['no name', {}, 'invalid_node_name'],
      ['app@short', {}, 'name_domain_mismatch'],
      [beam.name, { port: 70_000 }, 'invalid_argument'],
      [beam.name, { timeout: -1 }, 'invalid_argument'],
      [beam.name, { stream }, 'invalid_argument'],
    ] as const;
    for (const [name, options, code] of wrong) {
      expect(await failure(node.connect(name, { retry: true, ...options })), code).toMatchObject({ code });
    }
    await node.connect(node.name, { retry: true });
    await node.stop();
    expect(await failure(node.connect(beam.name, { retry: true }))).toMatchObject({ code: 'node_stopped' });
  });

  test.each([
    ['an abort', 'aborted', (_node: HiddenNode, _name: string, abort: AbortController) => abort.abort()],
    ['a disconnect', 'disconnected', (node: HiddenNode, name: string) => node.disconnect(name)],
    ['a stop', 'node_stopped', (node: HiddenNode) => node.stop()],
  ])('%s ends its pause, also from within the event of the failure', async (_what, code, end) => {
    for (const within of [true, false]) {
      const node = await cluster.node({ backoff: LONG });
      const name = uniqueName('never');
      const abort = new AbortController();
      const failed = once(node, 'linkfailed');
      if (within) node.once('linkfailed', () => void end(node, name, abort));
      const error = failure(node.connect(name, { retry: true, signal: abort.signal }));
      await failed;
      if (!within) {
        await new Promise((resolve) => setImmediate(resolve));
        await end(node, name, abort);
      }
      expect(await error).toMatchObject({ code });
    }
  });

  test('many who wait share their attempts', async () => {
    const node = await cluster.node({ backoff: SHORT });
    const name = uniqueName('popular');
    const tried = attempts(node, name);
    const waiting = Array.from({ length: 200 }, () => node.connect(name, { retry: true }));
    await until('some attempts', () => tried.count >= 5);
    const peer = await cluster.node({ name });
    await Promise.all(waiting);
    tried.stop();
    // From 10 ms to 200 ms: no 200 pauses of their own fit into the start of a node.
    expect(tried.count).toBeLessThan(50);
    expect(peer.nodes()).toEqual([node.name]);
  });
});
