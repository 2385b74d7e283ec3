/** Our EPMD in the place of Erlang's: real nodes register with it and find each other, and the epmd command asks it. */
import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { EpmdServer, type EpmdServerOptions, HiddenNode, lookUp, names } from '../../lib/index.ts';
import { uniqueName } from '../helpers/cluster.ts';
import { freePort } from '../helpers/epmd.ts';
import { alive, bytes, DUMP, EpmdTalk, KILL, NAMES, request } from '../helpers/epmd-talk.ts';
import { ErlangNode } from '../helpers/erlang.ts';
import { ensureBuilt } from '../helpers/program.ts';
import { failure, until } from '../helpers/until.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const one of running.splice(0).reverse()) await one.stop();
});

function keep<T extends { stop(): Promise<void> }>(one: T): T {
  running.push(one);
  return one;
}

const serve = async (options: EpmdServerOptions = {}) => keep(await EpmdServer.start({ port: 0, ...options }));

async function erl(epmd: EpmdServer, name = uniqueName('beam')): Promise<{ name: string; erlang: ErlangNode }> {
  return { name, erlang: keep(await ErlangNode.start({ name, cookie: 'secret', epmdPort: epmd.port })) };
}

const shortNames = (epmd: EpmdServer) =>
  epmd
    .names()
    .map(({ name }) => name)
    .sort();

const alivePart = (name: string) => name.split('@')[0]!;

describe('Erlang nodes', () => {
  test('register, find each other and list each other, also after our EPMD was started again', async () => {
    let epmd = await serve();
    const { port } = epmd;
    const [one, two] = [await erl(epmd), await erl(epmd)];
    const both = [one.name, two.name].map(alivePart).sort();
    expect(shortNames(epmd)).toEqual(both);
    expect(await one.erlang.evaluate(`net_adm:ping('${two.name}')`)).toBe('pong');
    // Where the name of this machine does not lead to loopback, our EPMD is not there.
    const here = 'case net_adm:names() of {error, address} -> net_adm:names(localhost); Found -> Found end';
    const list = `begin {ok, Names} = ${here}, lists:sort([Name || {Name, _} <- Names]) end`;
    expect(await one.erlang.evaluate(list)).toBe(`["${both.join('","')}"]`);

    await epmd.stop();
    expect(await failure(names({ port }))).toMatchObject({ code: 'epmd_unreachable' });
    epmd = keep(await EpmdServer.start({ port }));
    await until('both to be back', () => epmd.names().length === 2);
    expect(shortNames(epmd)).toEqual(both);
    const late = await erl(epmd);
    expect(await late.erlang.evaluate(`net_adm:ping('${one.name}')`)).toBe('pong');
  });

  test('of one name are told apart: the second is refused, and gets the name when the first is killed', async () => {
    const epmd = await serve();
    const first = await erl(epmd);
    expect(await failure(erl(epmd, first.name))).toMatchObject({
      message: expect.stringContaining('seems to be in use by another Erlang node'),
    });
    first.erlang.signal('SIGKILL');
    await until('the name to be free', () => epmd.names().length === 0);
    const second = await erl(epmd, first.name);
    expect(await second.erlang.evaluate('node()')).toBe(`'${first.name}'`);
    expect(shortNames(epmd)).toEqual([alivePart(first.name)]);
  });

  test('meet nodes of ours', async () => {
    const epmd = await serve();
    const { name, erlang } = await erl(epmd);
    const node = keep(await HiddenNode.start({ name: uniqueName('js'), cookie: 'secret', epmd: { port: epmd.port } }));
    expect(await erlang.evaluate(`net_adm:ping('${node.name}')`)).toBe('pong');
    expect(await node.ping(name)).toBe(true);
    expect(await lookUp(alivePart(node.name), { port: epmd.port })).toMatchObject({
      nodeType: 'hidden',
      port: node.port,
    });
    await node.stop();
    await until('the name to be free', () => epmd.names().length === 1);
  });
});

describe('the epmd command', () => {
  const epmdCommand = (port: number, ...flags: string[]) =>
    promisify(execFile)('epmd', ['-port', String(port), ...flags], { env: { ...process.env, LD_PRELOAD: '' } }).then(
      ({ stdout }) => ({ code: 0, stdout }),
      ({ code, stdout }) => ({ code, stdout }),
    );

  test('lists our names and dumps them, and may neither kill nor stop', async () => {
    const epmd = await serve();
    const { port } = epmd;
    const keeper = await EpmdTalk.open(port);
    keeper.say(alive('app', { port: 40001 }));
    await keeper.gets(6);
    const head = `epmd: up and running on port ${port} with data:\n`;
    expect(await epmdCommand(port, '-names')).toEqual({ code: 0, stdout: `${head}name app at port 40001\n` });
    const dump = await epmdCommand(port, '-dump');
    expect(dump.stdout.replace(/fd = \d+/, 'fd = 4')).toBe(`${head}active name     <app> at port 40001, fd = 4\n\0`);
    expect(await epmdCommand(port, '-started')).toEqual({ code: 0, stdout: '' });
    expect(await epmdCommand(port, '-kill')).toEqual({
      code: 1,
      stdout: 'Killing not allowed - living nodes in database.\n',
    });
    expect(await epmdCommand(port, '-stop', 'app')).toMatchObject({ code: 1 });
    expect(shortNames(epmd)).toEqual(['app']);
    keeper.hangUp();
    await until('the name to be free', () => epmd.names().length === 0);
    expect((await epmdCommand(port, '-dump')).stdout).toContain('old/unused name <app>, port = 40001');
  });

  test('stops nodes and kills where that is allowed', async () => {
    const epmd = await serve({ allowKill: true });
    const keeper = await EpmdTalk.open(epmd.port);
    keeper.say(alive('app'));
    await keeper.gets(6);
    expect(await epmdCommand(epmd.port, '-stop', 'app')).toEqual({ code: 0, stdout: 'STOPPED\n' });
    await keeper.end();
    expect(epmd.names()).toEqual([]);
    expect(await epmdCommand(epmd.port, '-kill')).toEqual({ code: 0, stdout: 'Killed\n' });
    await epmd.closed;
  });

  test('an epmd that starts beside ours finds the port taken, and leaves it alone', async () => {
    const epmd = await serve();
    expect((await epmdCommand(epmd.port)).code).toBe(0);
    expect(await names({ port: epmd.port })).toEqual([]);
  });
});

const interfaces = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
const outside = interfaces.find(({ internal, family }) => !internal && family === 'IPv4');
const noIPv6 = !interfaces.some(({ address }) => address === '::1');

describe('where it listens', () => {
  test('at loopback only, by default', async () => {
    const epmd = await serve();
    expect(epmd.addresses[0]).toBe('127.0.0.1');
    expect(epmd.addresses.filter((address) => !['127.0.0.1', '::1'].includes(address))).toEqual([]);
    for (const host of epmd.addresses) expect(await names({ host, port: epmd.port })).toEqual([]);
    if (outside === undefined) return;
    expect(await failure(names({ host: outside.address, port: epmd.port }))).toMatchObject({
      code: 'epmd_unreachable',
    });
  });

  const everywhere: [string, string | undefined, Record<string, string>][] = [
    ['an address', outside?.address, {}],
    ['every address of IPv4', '0.0.0.0', {}],
    ['every address', '::', {}],
    ['addresses from the environment', undefined, { ERL_EPMD_ADDRESS: `127.0.0.1, ${outside?.address}` }],
  ];
  const here = everywhere.filter(([, host]) => !(noIPv6 && host === '::'));
  test.skipIf(outside === undefined).each(here)(
    '%s can be asked from elsewhere, and takes no registration from there',
    async (_, host, environment) => {
      for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
      const epmd = await serve({ host });
      const keeper = await EpmdTalk.open(epmd.port);
      keeper.say(alive('app', { port: 40001 }));
      await keeper.gets(6);
      const there = { host: outside!.address, port: epmd.port };
      expect(await names(there)).toEqual([{ name: 'app', port: 40001 }]);
      expect(await lookUp('app', there)).toMatchObject({ port: 40001 });
      for (const refused of [alive('other'), DUMP, KILL, request("'sapp")]) {
        expect(await EpmdTalk.ask(epmd.port, refused, there.host)).toHaveLength(0);
      }
      expect(shortNames(epmd)).toEqual(['app']);
      keeper.hangUp();
    },
  );

  test.skipIf(noIPv6)('IPv4 written as IPv6 is loopback too', async () => {
    const epmd = await serve({ host: '::' });
    const keeper = await EpmdTalk.open(epmd.port, { host: '127.0.0.1' });
    keeper.say(alive('mapped'));
    expect((await keeper.gets(6))[1]).toBe(0);
    keeper.hangUp();
  });

  test('a port that is taken, and one that is none', async () => {
    const { port } = await serve();
    expect(await failure(EpmdServer.start({ port }))).toMatchObject({
      code: 'listen_failed',
      facts: { address: '127.0.0.1', port, errno: 'EADDRINUSE' },
    });
    vi.stubEnv('ERL_EPMD_PORT', String(port));
    expect(await failure(EpmdServer.start())).toMatchObject({ code: 'listen_failed', facts: { port } });
    vi.stubEnv('ERL_EPMD_PORT', 'none');
    expect(await failure(EpmdServer.start())).toMatchObject({ code: 'invalid_argument' });
  });

  test.skipIf(noIPv6)('a port that is taken at one of the addresses leaves no other open', async () => {
    const port = await freePort();
    const blocker = keep(await blockAt('::1', port));
    expect(await failure(EpmdServer.start({ port }))).toMatchObject({
      code: 'listen_failed',
      facts: { address: '::1', errno: 'EADDRINUSE' },
    });
    expect(await failure(EpmdTalk.open(port))).toMatchObject({ code: 'ECONNREFUSED' });
    await blocker.stop();
    await serve({ port });
  });

  test.each([
    [{ host: '192.0.2.77' }, 'listen_failed'],
    [{ host: 'no-such-host.invalid' }, 'host_unresolved'],
    [{ host: '' }, 'invalid_argument'],
    [{ host: [''] }, 'invalid_argument'],
    [{ host: 7 as never }, 'invalid_argument'],
    [{ port: -1 }, 'invalid_argument'],
    [{ port: 65536 }, 'invalid_argument'],
    [{ allowKill: 'yes' as never }, 'invalid_argument'],
    [{ maxNames: 0 }, 'invalid_argument'],
    [{ maxConnections: 1.5 }, 'invalid_argument'],
    [{ requestTimeout: Number.POSITIVE_INFINITY }, 'invalid_argument'],
  ])('%j starts nothing: %s', async (options, code) => {
    expect(await failure(EpmdServer.start({ port: 0, ...options }))).toMatchObject({ code });
  });
});

/** Takes a port at one address only. */
async function blockAt(host: string, port: number): Promise<{ stop(): Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  return { stop: () => new Promise<void>((resolve) => server.close(() => resolve())) };
}

test('a process ends although its EPMD runs and has connections, when that is unreferenced', async () => {
  await ensureBuilt();
  const source = `
    import { connect } from 'node:net';
    import { EpmdServer } from '${new URL('../../dist/epmd/server.js', import.meta.url)}';
    const server = await EpmdServer.start({ port: 0 });
    for (const host of server.addresses) connect({ host, port: server.port }).unref().write(Buffer.of(0));
    const timer = setInterval(() => {
      if (process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length < 2) return;
      clearInterval(timer);
      server.unref();
      console.log('unreferenced');
    }, 5);`;
  const child = promisify(execFile)(process.execPath, ['--input-type=module', '-e', source], {
    timeout: 15_000,
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  expect(await child).toEqual({ stdout: 'unreferenced\n', stderr: '' });
});

test('stopping frees the port and ends every connection, and may be asked for again', async () => {
  const epmd = await serve();
  const [keeper, silent] = [await EpmdTalk.open(epmd.port), await EpmdTalk.open(epmd.port)];
  keeper.say(alive('app'));
  await keeper.gets(6);
  silent.say(bytes('00'));
  await Promise.all([epmd.stop(), epmd.stop()]);
  await Promise.all([keeper.end(), silent.end(), epmd.closed]);
  expect(epmd.names()).toEqual([]);
  const again = await serve({ port: epmd.port });
  expect(await EpmdTalk.ask(again.port, NAMES)).toHaveLength(4);
});
