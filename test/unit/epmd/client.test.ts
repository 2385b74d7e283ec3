import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Deadline } from '../../../lib/deadline.ts';
import { defaultEpmdPort, lookUp, names } from '../../../lib/epmd/client.ts';
import { freePort } from '../../helpers/epmd.ts';
import { closed, FakeEpmd } from './fake.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const PORT2 = hex('77 00 1234 48 00 0006 0005 0002 6a73 0001 09');

afterEach(() => vi.unstubAllEnvs());

describe('lookUp', () => {
  it('tells all that EPMD tells', async () => {
    await using epmd = await FakeEpmd.answering(PORT2);
    expect(await lookUp('js', { port: epmd.port })).toEqual({
      name: 'js',
      port: 0x1234,
      nodeType: 'hidden',
      protocol: 0,
      highestVersion: 6,
      lowestVersion: 5,
      extra: Buffer.from([9]),
      address: '127.0.0.1',
    });
  });

  it('puts an answer together from single bytes', async () => {
    await using epmd = await FakeEpmd.start((socket) => {
      socket.setNoDelay(true).once('data', async () => {
        for (const byte of PORT2) {
          socket.write(Buffer.of(byte));
          await new Promise((resolve) => setImmediate(resolve));
        }
      });
    });
    expect((await lookUp('js', { port: epmd.port }))?.port).toBe(0x1234);
  });

  it('leaves no connection behind', async () => {
    await using epmd = await FakeEpmd.answering(PORT2, true);
    await lookUp('js', { port: epmd.port });
    await closed(epmd.connections[0]);
  });

  it('says epmd_protocol for an answer that ends at any length', async () => {
    for (let length = 0; length < PORT2.length; length++) {
      await using epmd = await FakeEpmd.answering(PORT2.subarray(0, length));
      await expect(lookUp('js', { port: epmd.port }), `${length} bytes`).rejects.toMatchObject({
        code: 'epmd_protocol',
        facts: { host: '127.0.0.1', port: epmd.port, name: 'js' },
      });
    }
  });

  it.each([
    ['garbage', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['more than an answer can have', Buffer.concat([PORT2.subarray(0, 10), hex('0f00'), Buffer.alloc(4096)])],
    ['another name than the one asked for', hex('77 00 1234 48 00 0006 0005 0002 6a74 0000')],
  ])('says epmd_protocol for %s, without waiting for the end', async (_what, bytes) => {
    await using epmd = await FakeEpmd.answering(bytes, true);
    await expect(lookUp('js', { port: epmd.port })).rejects.toMatchObject({
      code: 'epmd_protocol',
      facts: { host: '127.0.0.1', port: epmd.port, name: 'js' },
    });
  });

  it('says epmd_unreachable with the refusal as its cause', async () => {
    const port = await freePort();
    await expect(lookUp('js', { port })).rejects.toMatchObject({
      code: 'epmd_unreachable',
      facts: { host: '127.0.0.1', port, name: 'js' },
      cause: { code: 'ECONNREFUSED' },
    });
  });

  it('says epmd_unreachable when the connection breaks', async () => {
    await using epmd = await FakeEpmd.start((socket) => socket.once('data', () => socket.resetAndDestroy()));
    await expect(lookUp('js', { port: epmd.port })).rejects.toMatchObject({
      code: 'epmd_unreachable',
      cause: { code: 'ECONNRESET' },
    });
  });

  it('says epmd_timeout at the deadline when nobody answers', async () => {
    await using epmd = await FakeEpmd.silent();
    const start = performance.now();
    await expect(lookUp('js', { port: epmd.port, timeout: 150 })).rejects.toMatchObject({
      code: 'epmd_timeout',
      facts: { host: '127.0.0.1', port: epmd.port, name: 'js', timeout: 150 },
    });
    const took = performance.now() - start;
    expect(took).toBeGreaterThan(145);
    expect(took).toBeLessThan(1_500);
    await closed(epmd.connections[0]);
  });

  it('says epmd_timeout for bytes that trickle in beyond the deadline', async () => {
    await using epmd = await FakeEpmd.start((socket) => {
      let sent = 0;
      const drip = setInterval(() => socket.write(PORT2.subarray(sent, ++sent)), 40);
      socket.once('close', () => clearInterval(drip));
    });
    await expect(lookUp('js', { port: epmd.port, timeout: 150 })).rejects.toMatchObject({ code: 'epmd_timeout' });
  });

  it('takes the deadline of a larger operation', async () => {
    await using epmd = await FakeEpmd.silent();
    using deadline = new Deadline(50);
    await expect(lookUp('js', { port: epmd.port, deadline })).rejects.toMatchObject({ code: 'epmd_timeout' });
  });

  it('is aborted by its signal, and leaves neither connection nor listener', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    await using epmd = await FakeEpmd.start((socket) => socket.once('data', () => controller.abort(reason)));
    await expect(lookUp('js', { port: epmd.port, signal: controller.signal })).rejects.toMatchObject({
      code: 'aborted',
      cause: reason,
    });
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    await closed(epmd.connections[0]);
  });

  it('asks nobody when its signal has fired before', async () => {
    await using epmd = await FakeEpmd.answering(PORT2);
    const signal = AbortSignal.abort();
    await expect(lookUp('js', { port: epmd.port, signal })).rejects.toMatchObject({ code: 'aborted' });
    // A connection that was opened all the same would have been accepted before this one.
    expect((await lookUp('js', { port: epmd.port }))?.name).toBe('js');
    expect(epmd.connections).toHaveLength(1);
  });

  it('says host_unresolved for a name without an address', async () => {
    await expect(lookUp('js', { host: 'no-such-host.invalid', port: 4369 })).rejects.toMatchObject({
      code: 'host_unresolved',
      facts: { host: 'no-such-host.invalid' },
      cause: { syscall: 'getaddrinfo' },
    });
    await expect(lookUp('js', { addresses: [], port: 4369 })).rejects.toMatchObject({ code: 'host_unresolved' });
  });

  it('tries the addresses of a host in order, and says which one answered', async () => {
    await using epmd = await FakeEpmd.start((socket) => socket.once('data', () => socket.end(PORT2)), {
      host: '127.0.0.3',
    });
    const addresses = ['127.0.0.2', '127.0.0.3', '127.0.0.4'].map((address) => ({ address, family: 4 as const }));
    expect((await lookUp('js', { addresses, port: epmd.port }))?.address).toBe('127.0.0.3');
  });

  it('names every address when none answers', async () => {
    const port = await freePort('0.0.0.0');
    const addresses = ['127.0.0.2', '127.0.0.3'].map((address) => ({ address, family: 4 as const }));
    const error = await lookUp('js', { host: 'somewhere', addresses, port }).catch((error) => error);
    expect(error).toMatchObject({ code: 'epmd_unreachable', facts: { host: 'somewhere', port, name: 'js' } });
    expect(error.message).toMatch(/127\.0\.0\.2.*127\.0\.0\.3/);
    expect(error.cause.errors).toHaveLength(2);
  });

  it.each([
    ['invalid_argument', { port: 0 }],
    ['invalid_argument', { port: 65536 }],
    ['invalid_argument', { port: 4369.5 }],
    ['invalid_argument', { host: '' }],
    ['invalid_argument', { timeout: -1 }],
  ])('says %s for %j', async (code, options) => {
    await expect(lookUp('js', options)).rejects.toMatchObject({ code });
  });
});

describe('names', () => {
  const list = (text: string) => Buffer.concat([hex('00001111'), Buffer.from(text)]);

  it('reads the whole list, however it is cut', async () => {
    const text = Array.from({ length: 5_000 }, (_value, index) => `name n${index} at port ${index}\n`).join('');
    await using epmd = await FakeEpmd.answering(list(text));
    const found = await names({ port: epmd.port });
    expect(found).toHaveLength(5_000);
    expect(found[4_999]).toEqual({ name: 'n4999', port: 4999 });
  });

  it('says epmd_protocol above 1 MiB, while more is still coming', async () => {
    await using epmd = await FakeEpmd.answering(list('name a at port 1\n'.repeat(70_000)), true);
    await expect(names({ port: epmd.port })).rejects.toMatchObject({
      code: 'epmd_protocol',
      facts: { host: '127.0.0.1', port: epmd.port },
    });
  });

  it('says epmd_protocol for a list that ends within a line', async () => {
    await using epmd = await FakeEpmd.answering(list('name a at port 1\nname b at'));
    await expect(names({ port: epmd.port })).rejects.toMatchObject({ code: 'epmd_protocol' });
  });

  it('says epmd_timeout for a list that never ends', async () => {
    await using epmd = await FakeEpmd.answering(list('name a at port 1\n'), true);
    await expect(names({ port: epmd.port, timeout: 100 })).rejects.toMatchObject({ code: 'epmd_timeout' });
  });
});

describe('defaultEpmdPort', () => {
  it('is 4369, or ERL_EPMD_PORT', async () => {
    expect(defaultEpmdPort({})).toBe(4369);
    expect(defaultEpmdPort({ ERL_EPMD_PORT: '' })).toBe(4369);
    expect(defaultEpmdPort({ ERL_EPMD_PORT: '5000' })).toBe(5000);
    await using epmd = await FakeEpmd.answering(PORT2);
    vi.stubEnv('ERL_EPMD_PORT', String(epmd.port));
    expect((await lookUp('js'))?.name).toBe('js');
  });

  it.each(['0', '65536', 'epmd', '-1', '43.5', ' 4369'])('refuses ERL_EPMD_PORT=%j', (ERL_EPMD_PORT) => {
    expect(() => defaultEpmdPort({ ERL_EPMD_PORT })).toThrow(
      expect.objectContaining({ code: 'invalid_argument', facts: { ERL_EPMD_PORT } }),
    );
  });
});
