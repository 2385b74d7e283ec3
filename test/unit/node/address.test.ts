import { afterEach, describe, expect, it, vi } from 'vitest';
import { Deadline } from '../../../lib/deadline.ts';
import { HiddenNodeError } from '../../../lib/errors.ts';
import { resolvePeer } from '../../../lib/node/address.ts';
import { parseNodeName } from '../../../lib/node/name.ts';
import { freePort } from '../../helpers/epmd.ts';
import { FakeEpmd } from '../epmd/fake.ts';

const lookup = vi.hoisted(() => vi.fn());
vi.mock('node:dns/promises', async (original) => {
  const real = await original<typeof import('node:dns/promises')>();
  lookup.mockImplementation(real.lookup);
  return { lookup };
});
afterEach(() => lookup.mockClear());

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const FOUND = hex('77 00 1234 4d 00 0006 0005 0003 617070 0000');
const local = { address: '127.0.0.1', family: 4 };
const app = parseNodeName('app@127.0.0.1');

describe('resolvePeer', () => {
  it('asks the EPMD of the host for the port', async () => {
    await using epmd = await FakeEpmd.answering(FOUND);
    expect(await resolvePeer(app, { epmd: { port: epmd.port } })).toEqual({
      host: '127.0.0.1',
      port: 0x1234,
      addresses: [local],
    });
  });

  it('does not ask EPMD when the port is given', async () => {
    const epmd = { port: await freePort() };
    expect(await resolvePeer(app, { port: 5000, epmd })).toEqual({
      host: '127.0.0.1',
      port: 5000,
      addresses: [local],
    });
    expect(await resolvePeer(parseNodeName('app@elsewhere'), { host: '::1', port: 5000, epmd })).toEqual({
      host: '::1',
      port: 5000,
      addresses: [{ address: '::1', family: 6 }],
    });
  });

  it('asks the EPMD of the host that is given in place of the name', async () => {
    await using epmd = await FakeEpmd.answering(FOUND);
    const options = { host: '127.0.0.1', epmd: { port: epmd.port } };
    expect((await resolvePeer(parseNodeName('app@no-such-host.invalid'), options)).host).toBe('127.0.0.1');
  });

  it('looks into the static map before DNS', async () => {
    await using epmd = await FakeEpmd.answering(FOUND);
    const options = { hosts: { 'no-such-host.invalid': '127.0.0.1' }, epmd: { port: epmd.port } };
    expect((await resolvePeer(parseNodeName('app@no-such-host.invalid'), options)).addresses).toEqual([local]);
    await expect(resolvePeer(parseNodeName('app@constructor'), { ...options, port: 1 })).rejects.toMatchObject({
      code: 'host_unresolved',
      facts: { host: 'constructor' },
    });
  });

  it('puts the address at which EPMD answered first', async () => {
    const other = { address: '127.0.0.2', family: 4 };
    lookup.mockResolvedValueOnce([other, local]);
    await using epmd = await FakeEpmd.answering(FOUND);
    const peer = await resolvePeer(parseNodeName('app@two'), { epmd: { port: epmd.port } });
    expect(peer).toEqual({ host: 'two', port: 0x1234, addresses: [local, other] });
    expect(lookup).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['has no such node', hex('77 01')],
    ['has it without a port', hex('77 00 0000 4d 00 0006 0005 0003 617070 0000')],
  ])('says peer_unknown when EPMD %s', async (_what, answer) => {
    await using epmd = await FakeEpmd.answering(answer);
    await expect(resolvePeer(app, { epmd: { port: epmd.port } })).rejects.toMatchObject({
      code: 'peer_unknown',
      facts: { name: 'app@127.0.0.1', host: '127.0.0.1', epmdPort: epmd.port },
    });
  });

  it('says what is wrong with EPMD', async () => {
    const port = await freePort();
    await expect(resolvePeer(app, { epmd: { port } })).rejects.toMatchObject({
      code: 'epmd_unreachable',
      facts: { host: '127.0.0.1', port, name: 'app' },
    });
    await using silent = await FakeEpmd.silent();
    const options = { epmd: { port: silent.port }, timeout: 50 };
    await expect(resolvePeer(app, options)).rejects.toMatchObject({ code: 'epmd_timeout', facts: { timeout: 50 } });
  });

  it('is aborted by its signal', async () => {
    const controller = new AbortController();
    await using epmd = await FakeEpmd.start((socket) => socket.once('data', () => controller.abort('enough')));
    const options = { epmd: { port: epmd.port }, signal: controller.signal };
    await expect(resolvePeer(app, options)).rejects.toMatchObject({ code: 'aborted', cause: 'enough' });
  });

  it('takes the deadline of a larger operation and leaves it running', async () => {
    await using epmd = await FakeEpmd.answering(FOUND);
    // A deadline that was disposed would let this race go on for ever.
    using deadline = new Deadline(500);
    await resolvePeer(app, { epmd: { port: epmd.port }, deadline });
    const late = () => new HiddenNodeError('timeout', 'too late');
    await expect(deadline.race(new Promise(() => undefined), late)).rejects.toThrow('too late');
  });

  it.each([0, 65536, 1.5])('refuses %s as a port', async (port) => {
    await expect(resolvePeer(app, { port })).rejects.toMatchObject({ code: 'invalid_argument', facts: { port } });
  });
});
