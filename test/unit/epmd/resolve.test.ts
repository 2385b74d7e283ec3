import { afterEach, describe, expect, it, vi } from 'vitest';

const lookup = vi.hoisted(() => vi.fn());
vi.mock('node:dns/promises', () => ({ lookup }));

const { resolveAddresses } = await import('../../../lib/epmd/resolve.ts');

afterEach(() => lookup.mockReset());

describe('resolveAddresses', () => {
  it.each([
    ['127.0.0.1', 4],
    ['::1', 6],
    ['fe80::1%eth0', 6],
  ])('takes the literal %s as it is', async (address, family) => {
    expect(await resolveAddresses(address)).toEqual([{ address, family }]);
    expect(lookup).not.toHaveBeenCalled();
  });

  it('gives every address in the order of the resolver', async () => {
    const found = [
      { address: '::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
    ];
    lookup.mockResolvedValue(found);
    expect(await resolveAddresses('host')).toEqual(found);
    expect(lookup).toHaveBeenCalledWith('host', { all: true, verbatim: true });
  });

  it('keeps the error of the resolver as the cause', async () => {
    const cause = Object.assign(new Error('getaddrinfo EAI_AGAIN'), { code: 'EAI_AGAIN' });
    lookup.mockRejectedValue(cause);
    await expect(resolveAddresses('host')).rejects.toMatchObject({
      code: 'host_unresolved',
      facts: { host: 'host', reason: 'EAI_AGAIN' },
      cause,
    });
  });

  it('says host_unresolved for a host without addresses', async () => {
    lookup.mockResolvedValue([]);
    await expect(resolveAddresses('host')).rejects.toMatchObject({ code: 'host_unresolved', facts: { host: 'host' } });
  });

  it('ends at the deadline although a lookup cannot be cancelled', async () => {
    lookup.mockReturnValue(new Promise(() => undefined));
    await expect(resolveAddresses('host', { timeout: 20 })).rejects.toMatchObject({
      code: 'host_unresolved',
      facts: { host: 'host', reason: expect.stringContaining('20 ms') },
    });
  });

  it('ends at once when its signal fires', async () => {
    lookup.mockReturnValue(new Promise(() => undefined));
    const controller = new AbortController();
    const resolving = resolveAddresses('host', { signal: controller.signal });
    controller.abort('enough');
    await expect(resolving).rejects.toMatchObject({ code: 'aborted', cause: 'enough' });
  });
});
