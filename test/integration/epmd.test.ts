/** The EPMD client against the real epmd, seen from real Erlang. */
import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { lookUp, names } from '../../lib/epmd/client.ts';
import { EpmdRegistration } from '../../lib/epmd/registration.ts';
import { resolvePeer } from '../../lib/node/address.ts';
import { parseNodeName } from '../../lib/node/name.ts';
import { Epmd } from '../helpers/epmd.ts';
import { ErlangNode } from '../helpers/erlang.ts';
import { FakeEpmd } from '../unit/epmd/fake.ts';

const retry = { first: 10, longest: 50 };

/** What `erl_epmd:names` gives: name and port of each node, sorted. */
const NAMES = 'begin {ok, Names} = erl_epmd:names({127,0,0,1}), lists:sort(Names) end';

let epmd: Epmd;
/** Not distributed: it asks the epmd of these tests without being registered itself. */
let erlang: ErlangNode;

beforeAll(async () => {
  epmd = await Epmd.start();
  erlang = await ErlangNode.start({ epmdPort: epmd.port });
});
afterAll(async () => {
  await erlang?.stop();
  await epmd?.stop();
});

async function accepts(host: string): Promise<boolean> {
  const socket = connect({ host, port: epmd.port });
  const accepted = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  });
  socket.destroy();
  return accepted;
}

describe('registering', () => {
  it('is seen by Erlang and by the epmd command', async () => {
    await using _registration = await EpmdRegistration.register({ name: 'js', port: 4711 }, { port: epmd.port });
    expect(await erlang.evaluate(NAMES)).toBe('[{"js",4711}]');
    expect(await erlang.evaluate('erl_epmd:port_please("js", {127,0,0,1})')).toBe('{port,4711,6}');
    const { stdout } = await promisify(execFile)('epmd', ['-port', String(epmd.port), '-names']);
    expect(stdout).toContain('name js at port 4711');
  });

  it('registers a hidden node by default, with a creation', async () => {
    await using registration = await EpmdRegistration.register({ name: 'js', port: 4711 }, { port: epmd.port });
    expect(registration.creation).toBeGreaterThanOrEqual(4);
    expect(await lookUp('js', { port: epmd.port })).toEqual({
      name: 'js',
      port: 4711,
      nodeType: 'hidden',
      protocol: 0,
      highestVersion: 6,
      lowestVersion: 6,
      extra: Buffer.alloc(0),
      address: '127.0.0.1',
    });
  });

  it('understands the old answer with a creation of 16 bits', async () => {
    const old = { name: 'old', port: 4711, nodeType: 'normal', highestVersion: 5, lowestVersion: 5 } as const;
    await using registration = await EpmdRegistration.register(old, { port: epmd.port });
    expect([1, 2, 3]).toContain(registration.creation);
    expect(await lookUp('old', { port: epmd.port })).toMatchObject({ nodeType: 'normal', highestVersion: 5 });
  });

  it('keeps names and extra bytes as they are', async () => {
    const odd = { name: 'jé', port: 1, extra: Buffer.from([0, 255, 10]) };
    await using _registration = await EpmdRegistration.register(odd, { port: epmd.port });
    expect(await lookUp('jé', { port: epmd.port })).toMatchObject(odd);
    expect(await names({ port: epmd.port })).toEqual([{ name: 'jé', port: 1 }]);
  });

  it('has freed the name when unregister resolves', async () => {
    for (let turn = 0; turn < 20; turn++) {
      const registration = await EpmdRegistration.register({ name: 'js', port: 4711 }, { port: epmd.port });
      await registration.unregister();
    }
    expect(await names({ port: epmd.port })).toEqual([]);
  });

  it('says name_taken for a name of our own, and leaves the first alone', async () => {
    await using first = await EpmdRegistration.register({ name: 'js', port: 4711 }, { port: epmd.port });
    await expect(EpmdRegistration.register({ name: 'js', port: 4712 }, { port: epmd.port })).rejects.toMatchObject({
      code: 'name_taken',
      facts: { host: '127.0.0.1', port: epmd.port, name: 'js' },
    });
    expect(first.registered).toBe(true);
    expect(await names({ port: epmd.port })).toEqual([{ name: 'js', port: 4711 }]);
  });
});

describe('beside a real Erlang node', () => {
  let app: ErlangNode;
  beforeAll(async () => {
    app = await ErlangNode.start({ name: 'app@127.0.0.1', cookie: 'epmd-test', epmdPort: epmd.port });
  });
  afterAll(() => app?.stop());

  it('finds the node, and nobody else', async () => {
    const found = await lookUp('app', { port: epmd.port });
    expect(found).toMatchObject({ name: 'app', nodeType: 'normal', protocol: 0, highestVersion: 6, lowestVersion: 5 });
    expect(await erlang.evaluate('erl_epmd:port_please("app", {127,0,0,1})')).toBe(`{port,${found!.port},6}`);
    expect(await names({ port: epmd.port })).toEqual([{ name: 'app', port: found!.port }]);
    expect(await lookUp('nobody', { port: epmd.port })).toBeUndefined();
  });

  it('resolves its name to where it listens', async () => {
    const peer = await resolvePeer(parseNodeName('app@127.0.0.1'), { epmd: { port: epmd.port } });
    expect(peer.addresses).toEqual([{ address: '127.0.0.1', family: 4 }]);
    const socket = connect({ host: peer.addresses[0]!.address, port: peer.port });
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    socket.destroy();
    await expect(resolvePeer(parseNodeName('nobody@127.0.0.1'), { epmd: { port: epmd.port } })).rejects.toMatchObject({
      code: 'peer_unknown',
      facts: { name: 'nobody@127.0.0.1', host: '127.0.0.1', epmdPort: epmd.port },
    });
  });

  it('says name_taken for its name', async () => {
    await expect(EpmdRegistration.register({ name: 'app', port: 1 }, { port: epmd.port })).rejects.toMatchObject({
      code: 'name_taken',
      facts: { host: '127.0.0.1', port: epmd.port, name: 'app' },
    });
  });
});

describe('when epmd goes away', () => {
  it('registers again with the epmd that comes back', async () => {
    let own = await Epmd.start();
    try {
      const told: string[] = [];
      await using registration = await EpmdRegistration.register(
        { name: 'js', port: 4711 },
        {
          port: own.port,
          retry,
          onLost: (error) => told.push(error.code),
          onRegained: (creation) => told.push(`creation ${creation}`),
        },
      );
      for (let turn = 0; turn < 3; turn++) {
        told.length = 0;
        await own.stop();
        await vi.waitUntil(() => told.length === 1, { timeout: 15_000 });
        expect(told).toEqual(['epmd_unreachable']);
        expect(registration.registered).toBe(false);
        own = await Epmd.start(own.port);
        await vi.waitUntil(() => registration.registered, { timeout: 15_000 });
        expect(told).toEqual(['epmd_unreachable', `creation ${registration.creation}`]);
        expect(await names({ port: own.port })).toEqual([{ name: 'js', port: 4711 }]);
      }
    } finally {
      await own.stop();
    }
  });

  it('takes its name back when the Erlang node that took it meanwhile ends', async () => {
    let open = true;
    await using way = await FakeEpmd.start((socket) => {
      if (!open) {
        socket.destroy();
        return;
      }
      const onward = connect({ host: '127.0.0.1', port: epmd.port });
      onward.on('error', () => undefined);
      socket.pipe(onward).pipe(socket);
      socket.once('close', () => onward.destroy());
    });
    const told: string[] = [];
    await using registration = await EpmdRegistration.register(
      { name: 'js', port: 4711 },
      { port: way.port, retry, onLost: (error) => told.push(error.code), onRegained: () => told.push('regained') },
    );
    open = false;
    for (const socket of way.connections) socket.destroy();
    await vi.waitUntil(async () => (await names({ port: epmd.port })).length === 0, { timeout: 15_000 });
    const thief = await ErlangNode.start({ name: 'js@127.0.0.1', cookie: 'epmd-test', epmdPort: epmd.port });
    try {
      open = true;
      await vi.waitUntil(() => told.at(-1) === 'name_taken', { timeout: 15_000 });
      expect(registration.registered).toBe(false);
      expect((await lookUp('js', { port: epmd.port }))?.nodeType).toBe('normal');
    } finally {
      await thief.stop();
    }
    await vi.waitUntil(() => told.at(-1) === 'regained', { timeout: 15_000 });
    expect(await lookUp('js', { port: epmd.port })).toMatchObject({ nodeType: 'hidden', port: 4711 });
  });

  it('says epmd_timeout for an epmd that is stopped, and gets its answer from one that goes on', async () => {
    await using own = await Epmd.start();
    process.kill(own.pid, 'SIGSTOP');
    try {
      await expect(lookUp('js', { port: own.port, timeout: 100 })).rejects.toMatchObject({
        code: 'epmd_timeout',
        facts: { host: '127.0.0.1', port: own.port, name: 'js', timeout: 100 },
      });
      const waiting = lookUp('js', { port: own.port, timeout: 15_000 });
      process.kill(own.pid, 'SIGCONT');
      expect(await waiting).toBeUndefined();
    } finally {
      process.kill(own.pid, 'SIGCONT');
    }
  });
});

describe('addresses', () => {
  it('works over IPv6', async ({ skip }) => {
    if (!(await accepts('::1'))) skip('this machine, or its epmd, has no IPv6');
    await using _registration = await EpmdRegistration.register(
      { name: 'six', port: 4711 },
      { host: '::1', port: epmd.port },
    );
    expect(await lookUp('six', { host: '::1', port: epmd.port })).toMatchObject({ port: 4711, address: '::1' });
    expect(await resolvePeer(parseNodeName('six@::1'), { epmd: { port: epmd.port } })).toEqual({
      host: '::1',
      port: 4711,
      addresses: [{ address: '::1', family: 6 }],
    });
    await expect(lookUp('six', { host: '::1', port: 1 })).rejects.toThrow(/\[::1\]:1/);
  });

  it('does not lose its time to an address that accepts no connection', async () => {
    // A listener whose queue is full: further connections are neither accepted nor refused.
    const port = Number(
      await erlang.evaluate(
        'begin {ok, L} = gen_tcp:listen(0, [{ip, {127,0,0,9}}, {backlog, 0}]), {ok, P} = inet:port(L), P end',
      ),
    );
    const fill = await Promise.all([1, 2, 3].map(() => connect({ host: '127.0.0.9', port }).on('error', () => null)));
    try {
      await vi.waitUntil(() => fill.some((socket) => !socket.connecting));
      await using other = await FakeEpmd.start(
        (socket) => socket.once('data', () => socket.end(Buffer.from([119, 1]))),
        { host: '127.0.0.8', port },
      );
      const addresses = ['127.0.0.9', '127.0.0.8'].map((address) => ({ address, family: 4 as const }));
      expect(await lookUp('js', { addresses, port, timeout: 1_000 })).toBeUndefined();
      expect(other.connections).toHaveLength(1);
      await expect(lookUp('js', { host: '127.0.0.9', port, timeout: 100 })).rejects.toMatchObject({
        code: 'epmd_timeout',
        message: expect.stringContaining('did not accept a connection'),
      });
    } finally {
      for (const socket of fill) socket.destroy();
    }
  });
});
