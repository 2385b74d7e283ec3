import { describe, expect, it } from 'vitest';
import { listenAddresses } from '../../../lib/epmd/listen.ts';
import { isLoopback } from '../../../lib/epmd/loopback.ts';

describe('listenAddresses', () => {
  it.each([
    [[], ['127.0.0.1', '::1']],
    [['10.0.0.7'], ['127.0.0.1', '::1', '10.0.0.7']],
    [
      ['::1', '127.0.0.1', '127.0.0.1', '127.0.1.1'],
      ['127.0.0.1', '::1', '127.0.1.1'],
    ],
    [
      ['10.0.0.7', '0.0.0.0', 'fe80::1'],
      ['0.0.0.0', '::1', 'fe80::1'],
    ],
    [['10.0.0.7', '::', '0.0.0.0'], ['::']],
  ])('makes %j into %j', async (hosts, addresses) => {
    expect(await listenAddresses(hosts)).toEqual(addresses);
  });

  it('resolves names', async () => {
    const addresses = await listenAddresses(['localhost']);
    expect(addresses.every(isLoopback)).toBe(true);
  });
});

describe('isLoopback', () => {
  it.each(['127.0.0.1', '127.255.0.3', '::1', '::ffff:127.0.0.1', '::FFFF:127.1.2.3'])('takes %s', (address) => {
    expect(isLoopback(address)).toBe(true);
  });

  it.each([undefined, '', '10.0.0.1', '::', '::2', '::ffff:10.0.0.1', '128.0.0.1', '127.0.0.1.example', '1127.0.0.1'])(
    'does not take %s',
    (address) => {
      expect(isLoopback(address)).toBe(false);
    },
  );
});
