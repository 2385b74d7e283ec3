/** Links that survive: peers that are kept. */
import diagnostics_channel from 'node:diagnostics_channel';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { atom, HiddenNode, registered, tuple } from '../../lib/index.ts';
import { Cluster, type NamedErlang, uniqueName, useCluster } from '../helpers/cluster.ts';
import { Epmd } from '../helpers/epmd.ts';
import { attempts, count, journal, LONG, portOf, SHORT, startAgain } from '../helpers/links.ts';
import { Relay } from '../helpers/relay.ts';
import { failure, until } from '../helpers/until.ts';

const { cluster, beam } = useCluster();

describe('a peer that is kept', () => {
  /** A node that keeps a peer of its own, which it is connected to. */
  async function keeping(options: { backoff?: typeof SHORT } = {}): Promise<{ node: HiddenNode; peer: NamedErlang }> {
    const peer = await cluster.beam();
    const node = await cluster.node({ backoff: SHORT, peers: [peer.name], ...options });
    await until('the link', () => node.nodes().includes(peer.name));
    return { node, peer };
  }

  /** Has the peer close the link; resolves once this side has seen it. */
  async function cut(node: HiddenNode, peer: NamedErlang): Promise<void> {
    // The peer finishes its side of the handshake a moment after this one, and cannot disconnect before.
    await peer.erlang.evaluateUntil(`lists:member('${node.name}', nodes(hidden))`, 'true');
    const down = once(node, 'nodedown');
    await peer.erlang.evaluate(`net_kernel:disconnect('${node.name}')`);
    await down;
  }

  test('is connected after each of five kills, within a pause of its start', async () => {
    const name = uniqueName('phoenix');
    const node = await cluster.node({ backoff: SHORT, peers: [name] });
    const lines = journal(node);
    for (let round = 0; round < 5; round++) {
      const peer = await startAgain(cluster, name);
      const start = performance.now();
      await until('the link', () => node.nodes().includes(name));
      expect(performance.now() - start).toBeLessThan(SHORT.longest + 2_000);
      expect(await node.rpc(name, 'erlang', 'node')).toBe(atom(name));
      peer.erlang.signal('SIGKILL');
      await until('the loss', () => !node.nodes().includes(name));
    }
    const changes = lines.filter((line) => !line.startsWith('failed'));
    expect(changes).toEqual(Array.from({ length: 5 }, () => [`up ${name}`, `down ${name} noconnection`]).flat());
  });

  test('is killed and started again at once, under the same name', async () => {
    const { node, peer } = await keeping();
    peer.erlang.signal('SIGKILL');
    const next = await startAgain(cluster, peer.name);
    await until('the new node to answer', async () => {
      const pid = await node.rpc(peer.name, 'os', 'getpid').catch(() => []);
      return String.fromCodePoint(...(pid as number[])) === String(next.erlang.pid);
    });
  });

  test('its state tells how it fares', async () => {
    const name = uniqueName('shown');
    const node = await cluster.node({ backoff: SHORT });
    const state = () => node.keptPeers()[name];
    expect(node.keptPeers()).toEqual({});
    node.keep(name);
    expect(state()).toEqual({ state: 'connecting', attempts: 0, nextAttempt: undefined, reason: undefined });
    const waiting = await until('the second pause', () => {
      const found = state();
      return found?.state === 'waiting' && found.attempts >= 2 && found;
    });
    expect(waiting.reason).toMatchObject({ code: 'peer_unknown' });
    expect(waiting.nextAttempt).toBeLessThanOrEqual(SHORT.longest);
    const peer = await cluster.beam({ name });
    await until('the link', () => state()?.state === 'connected');
    expect(state()).toEqual({ state: 'connected', attempts: 0, nextAttempt: undefined, reason: undefined });
    const down = once(node, 'nodedown');
    peer.erlang.signal('SIGKILL');
    await down;
    expect(state()).toMatchObject({ state: 'waiting', attempts: 0, reason: { code: 'noconnection' } });
    await node.stop();
    expect(node.keptPeers()).toEqual({});
  });

  test('a peer that connects to this node ends the pause', async () => {
    const name = uniqueName('calling');
    const node = await cluster.node({ backoff: LONG, peers: [name] });
    await until('the pause', () => node.keptPeers()[name]?.state === 'waiting');
    const peer = await cluster.beam({ name });
    expect(await peer.erlang.evaluate(`net_kernel:connect_node('${node.name}')`)).toBe('true');
    await until('the link', () => node.keptPeers()[name]?.state === 'connected');
    expect(node.keptPeers()[name]).toMatchObject({ attempts: 0, nextAttempt: undefined, reason: undefined });
  });

  test('is left alone after disconnect, and kept again after connect and after keep', async () => {
    const away = uniqueName('away');
    const { node, peer } = await keeping();
    node.keep(away);
    for (const again of [() => node.connect(peer.name), () => node.keep(peer.name)]) {
      const tried = attempts(node, peer.name);
      expect(await node.disconnect(peer.name)).toBe(true);
      expect(node.keptPeers()[peer.name]).toMatchObject({ state: 'disconnected', reason: { code: 'disconnected' } });
      const others = attempts(node, away);
      await until('attempts for the other', () => others.count >= 4);
      others.stop();
      // A link that somebody else opens does not mean that it is kept again.
      expect(await peer.erlang.evaluate(`net_kernel:connect_node('${node.name}')`)).toBe('true');
      await cut(node, peer);
      expect(node.keptPeers()[peer.name]?.state).toBe('disconnected');
      expect(tried.count).toBe(0);
      tried.stop();

      await again();
      await until('the link', () => node.keptPeers()[peer.name]?.state === 'connected');
      await cut(node, peer);
      await until('the link to be back', () => node.nodes().includes(peer.name));
    }
  });

  test('is let go with its link in place, and while it is away', async () => {
    const { node, peer } = await keeping({ backoff: LONG });
    const away = uniqueName('away');
    node.keep(away);
    await until('the pause', () => node.keptPeers()[away]?.state === 'waiting');
    expect([node.release(away), node.release(away), node.release(peer.name)]).toEqual([true, false, true]);
    expect(node.keptPeers()).toEqual({});
    expect(node.nodes()).toEqual([peer.name]);
    expect(await node.ping(peer.name)).toBe(true);
  });

  test('goes on with a wrong cookie, until the peer is started with the right one', async () => {
    const name = uniqueName('strange');
    const stranger = await cluster.beam({ name, cookie: 'strange' });
    const node = await cluster.node({ backoff: SHORT, peers: [name] });
    await until('three refusals', () => (node.keptPeers()[name]?.attempts ?? 0) >= 3);
    expect(node.keptPeers()[name]?.reason).toMatchObject({ code: 'cookie_mismatch' });
    await stranger.erlang.stop();
    await startAgain(cluster, name);
    await until('the link', () => node.nodes().includes(name));
  });

  test('comes back when both it and EPMD were gone', async () => {
    await using own = await Cluster.start();
    const { port } = own.epmd;
    const peer = await own.beam();
    const node = await own.node({ backoff: SHORT, peers: [peer.name] });
    await until('the link', () => node.nodes().includes(peer.name));
    await own.epmd.stop();
    expect(await node.ping(peer.name)).toBe(true);
    await peer.erlang.stop();
    await until('an attempt', () => node.keptPeers()[peer.name]?.reason?.code === 'epmd_unreachable');
    await using _again = await Epmd.start(port);
    await own.beam({ name: peer.name });
    await until('the link to be back', () => node.nodes().includes(peer.name));
  });

  test('whose end nobody tells us of is silent for the tick time, and then looked for', {
    timeout: 40_000,
  }, async () => {
    const seconds = 2;
    const ticking = { arguments: ['-kernel', 'net_ticktime', String(seconds)] };
    const first = await cluster.beam(ticking);
    await using relay = await Relay.start(await portOf(first));
    const node = await cluster.node({ backoff: SHORT, netTickTime: seconds * 1_000 });
    const lines = journal(node);
    node.keep(first.name, { port: relay.port });
    await until('the link', () => node.nodes().includes(first.name));
    await first.erlang.stop();
    const second = await startAgain(cluster, first.name, ticking);
    relay.target = await portOf(second);
    await until('the link to the new node', () => count(lines, `up ${first.name}`) === 2);
    // The new node may not have been there in time for the first attempt.
    expect(lines.filter((line) => !line.startsWith('failed'))).toEqual([
      `up ${first.name}`,
      `down ${first.name} net_tick_timeout`,
      `up ${first.name}`,
    ]);
    await second.erlang.evaluateUntil('nodes(hidden)', `['${node.name}']`);
  });

  test('a new incarnation that connects while the old link is half open takes its place', async () => {
    const first = await cluster.beam();
    await using relay = await Relay.start(await portOf(first));
    const node = await cluster.node({ backoff: SHORT });
    const lines = journal(node);
    node.keep(first.name, { port: relay.port });
    await until('the link', () => node.nodes().includes(first.name));
    await first.erlang.stop();
    const second = await startAgain(cluster, first.name);
    expect(node.nodes()).toEqual([first.name]);
    expect(await second.erlang.evaluate(`net_kernel:connect_node('${node.name}')`)).toBe('true');
    expect(await second.erlang.evaluate(`net_adm:ping('${node.name}')`)).toBe('pong');
    expect(await node.rpc(first.name, 'erlang', 'node')).toBe(atom(first.name));
    expect(lines).toEqual([`up ${first.name}`, `down ${first.name} noconnection`, `up ${first.name}`]);
    expect(relay.connections).toBe(1);
  });

  test('messages keep their order over the link that comes up, whoever opens it', async () => {
    const name = uniqueName('ordered');
    const node = await cluster.node({ backoff: SHORT, peers: [name] });
    const peer = await cluster.beam({ name });
    const shell = registered('shell', name);
    for (let round = 0; round < 5; round++) {
      await until('the link', () => node.nodes().includes(name));
      await peer.erlang.evaluate('catch register(shell, self()), ok');
      await cut(node, peer);
      const calling = peer.erlang.evaluate(`net_kernel:connect_node('${node.name}')`);
      let n = 0;
      while (!node.nodes().includes(name) || n < 500) {
        for (let i = 0; i < 50; i++) node.send(shell, tuple(atom('n'), ++n));
        await new Promise((resolve) => setImmediate(resolve));
      }
      await calling;
      expect(
        await peer.erlang.evaluate(
          `(fun F(${n + 1}) -> in_order; F(N) -> receive {n, N} -> F(N + 1); {n, M} -> {M, instead_of, N} after 10000 -> {lost, N} end end)(1)`,
        ),
      ).toBe('in_order');
    }
  });

  test('is passed over when it is this node itself, and refused when it is none', async () => {
    const name = uniqueName('self');
    const node = await cluster.node({ name, peers: [name, beam.name] });
    expect(Object.keys(node.keptPeers())).toEqual([beam.name]);
    for (const [wrong, code] of [
      ['no name', 'invalid_node_name'],
      ['app@short', 'name_domain_mismatch'],
    ] as const) {
      expect(await failure(() => node.keep(wrong))).toMatchObject({ code });
      expect(await failure(HiddenNode.start(cluster.options({ peers: [wrong] })))).toMatchObject({ code });
    }
    expect(await failure(() => node.keep(beam.name, { port: 0 }))).toMatchObject({ code: 'invalid_argument' });
    for (const options of [{ peers: beam.name as never }, { backoff: { first: 0 } }, { backoff: { longest: -1 } }]) {
      expect(await failure(HiddenNode.start(cluster.options(options)))).toMatchObject({ code: 'invalid_argument' });
    }
    await node.stop();
    expect(await failure(() => node.keep(beam.name))).toMatchObject({ code: 'node_stopped' });
  });
});

test('two nodes that keep each other have exactly one link after each of fifty losses', {
  timeout: 60_000,
}, async () => {
  const backoff = { first: 1, longest: 2 };
  const [a, b] = [await cluster.node({ backoff }), await cluster.node({ backoff })];
  const collisions = { count: 0 };
  const listener = (message: unknown) => {
    const { peer, code } = message as { peer: string; code?: string };
    if (code === 'peer_refused' && [a.name, b.name].includes(peer)) collisions.count++;
  };
  diagnostics_channel.subscribe('hidden-node:handshake', listener);
  a.keep(b.name);
  b.keep(a.name);
  for (let round = 0; round < 50; round++) {
    await until('both links', () => a.nodes().length > 0 && b.nodes().length > 0);
    expect(await Promise.all([a.ping(b.name), b.ping(a.name)])).toEqual([true, true]);
    expect([a.nodes(), b.nodes()]).toEqual([[b.name], [a.name]]);
    const down = once(b, 'nodedown');
    await a.disconnect(b.name);
    await down;
    a.keep(b.name);
  }
  diagnostics_channel.unsubscribe('hidden-node:handshake', listener);
  expect(collisions.count).toBeGreaterThan(0);
});
