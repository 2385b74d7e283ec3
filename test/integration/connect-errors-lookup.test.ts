/** What goes wrong before a byte is exchanged with the peer: names, cookies, EPMD, hosts and ports. Each error names the facts. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { Cluster, uniqueName } from '../helpers/cluster.ts';
import { freePort } from '../helpers/epmd.ts';
import { HandmadeListener } from '../helpers/handmade-peer.ts';
import { failure } from '../helpers/until.ts';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await Cluster.start();
});
afterEach(() => cluster.stopNodes());
afterAll(() => cluster.stop());

const MALFORMED = [
  '',
  'nohost',
  '@host',
  'alive@',
  'two@at@signs',
  'sp ace@host',
  'a@ho st',
  'ünïcode@host',
  'a@hóst',
  'new\nline@host',
  `${'x'.repeat(300)}@host`,
  `a@${'h'.repeat(254)}`,
];

describe('a malformed or too long node name', () => {
  test.each(MALFORMED)('%j starts no node and is no peer', async (name) => {
    const error = await failure(cluster.node({ name }));
    expect(error).toMatchObject({ code: 'invalid_node_name', facts: { name } });
    expect((error as { facts: { reason: string } }).facts.reason.length).toBeGreaterThan(10);
    expect((error as Error).message.length).toBeLessThan(600);
    const node = await cluster.node({ listen: false });
    expect(await failure(node.connect(name))).toMatchObject({ code: 'invalid_node_name', facts: { name } });
  });

  test('names up to 255 characters are fine', async () => {
    const name = `${'x'.repeat(255 - 10)}@127.0.0.1`;
    const node = await cluster.node({ name });
    const other = await cluster.node();
    await other.connect(name);
    expect(other.nodes()).toEqual([node.name]);
  });
});

describe('the cookie', () => {
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'cookie-'));
    vi.stubEnv('HOME', home);
    vi.stubEnv('XDG_CONFIG_HOME', join(home, '.config'));
    vi.stubEnv('ERLANG_COOKIE', '');
    vi.stubEnv('RELEASE_COOKIE', '');
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await rm(home, { recursive: true });
  });
  const withoutCookie = () => cluster.node({ cookie: undefined } as never);

  test('that is nowhere to be found: the error says where it was looked for', async () => {
    const error = await failure(withoutCookie());
    expect(error).toMatchObject({ code: 'cookie_missing' });
    expect((error as { facts: { looked: string[] } }).facts.looked).toContain(join(home, '.erlang.cookie'));
  });

  test('in a file that others can read is refused, as Erlang does, and so is its mode named', async () => {
    const path = join(home, '.erlang.cookie');
    await writeFile(path, 'fromfile');
    await chmod(path, 0o644);
    const error = await failure(withoutCookie());
    expect(error).toMatchObject({ code: 'cookie_file_permissions', facts: { path, mode: '0644' } });
    expect(JSON.stringify(error)).not.toContain('fromfile');
    await chmod(path, 0o400);
    const beam = await cluster.beam({ cookie: 'fromfile' });
    const node = await withoutCookie();
    await node.connect(beam.name);
    expect(node.nodes()).toEqual([beam.name]);
  });

  test.each(['', 'line\nbreak', '\u{1f36a}', 'x'.repeat(256)])('%j is no cookie', async (cookie) => {
    const error = await failure(cluster.node({ cookie }));
    expect(error).toMatchObject({ code: 'cookie_invalid', facts: { source: 'option' } });
    if (cookie !== '') expect((error as Error).message).not.toContain(cookie);
  });
});

describe('EPMD', () => {
  test('that is absent: the error says where it should be', async () => {
    const port = await freePort();
    const facts = { host: '127.0.0.1', port };
    expect(await failure(cluster.node({ epmd: { port } }))).toMatchObject({ code: 'epmd_unreachable', facts });
    const node = await cluster.node({ listen: false, epmd: { port } });
    expect(await failure(node.connect('any@127.0.0.1'))).toMatchObject({ code: 'epmd_unreachable', facts });
  });

  test('that never answers: the time is kept, when starting and when connecting', async () => {
    await using silent = await HandmadeListener.start();
    const port = silent.port;
    const late = { code: 'epmd_timeout', facts: { port } };
    expect(await failure(cluster.node({ epmd: { port }, timeout: 100 }))).toMatchObject(late);
    const node = await cluster.node({ listen: false, epmd: { port } });
    expect(await failure(node.connect('any@127.0.0.1', { timeout: 100 }))).toMatchObject(late);
  });

  test('that speaks something else', async () => {
    await using garbage = await HandmadeListener.start((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const node = await cluster.node({ listen: false, epmd: { port: garbage.port } });
    const error = await failure(node.connect('any@127.0.0.1'));
    expect(error).toMatchObject({ code: 'epmd_protocol', facts: { port: garbage.port } });
  });

  test('that has the name already', async () => {
    const first = await cluster.node();
    const alive = first.name.split('@')[0];
    const error = await failure(cluster.node({ name: first.name }));
    expect(error).toMatchObject({ code: 'name_taken', facts: { name: alive, port: cluster.epmd.port } });
    expect(first.registeredInEpmd).toBe(true);
    // The refused one does not listen any more: its port is free. The name is free when the first stops.
    await first.stop();
    await cluster.node({ name: first.name });
  });

  test('that does not know the peer', async () => {
    const node = await cluster.node();
    const name = uniqueName('nobody');
    const facts = { name, host: '127.0.0.1', epmdPort: cluster.epmd.port };
    expect(await failure(node.connect(name))).toMatchObject({ code: 'peer_unknown', facts });
  });
});

describe('the host and the port', () => {
  test('a host that does not resolve is named', async () => {
    const host = 'does-not-exist.invalid';
    const node = await cluster.node();
    expect(await failure(node.connect(`any@${host}`))).toMatchObject({ code: 'host_unresolved', facts: { host } });
    expect(await failure(cluster.node({ listen: { host } }))).toMatchObject({
      code: 'host_unresolved',
      facts: { host },
    });
  });

  test('nothing listens at the port', async () => {
    const port = await freePort();
    const node = await cluster.node();
    expect(await failure(node.connect(uniqueName('none'), { port }))).toMatchObject({
      code: 'connection_refused',
      facts: { address: '127.0.0.1', port, errno: 'ECONNREFUSED' },
    });
  });

  test.each([0, -1, 65_536, 1.5, Number.NaN])('%s is no port', async (port) => {
    const node = await cluster.node();
    expect(await failure(node.connect('any@127.0.0.1', { port }))).toMatchObject({ code: 'invalid_argument' });
  });

  test.each([-1, Number.NaN, '100' as never])('%s is no timeout', async (timeout) => {
    const node = await cluster.node();
    expect(await failure(node.connect('any@127.0.0.1', { timeout }))).toMatchObject({ code: 'invalid_argument' });
  });

  test('an address that this machine does not have cannot be listened at', async () => {
    const error = await failure(cluster.node({ listen: { host: '192.0.2.1' } }));
    expect(error).toMatchObject({ code: 'listen_failed', facts: { address: '192.0.2.1', errno: 'EADDRNOTAVAIL' } });
  });
});
