import { expect, test } from 'vitest';
import { HiddenNodeError } from '../../lib/errors.ts';
import { checkTimeout, Waiter } from '../../lib/waiter.ts';

function waiter(timeout: number, signal?: AbortSignal): { waiter: Waiter<string>; left: () => number } {
  let left = 0;
  const made = new Waiter<string>({
    timeout,
    signal,
    expired: () => new HiddenNodeError('timeout', 'too late'),
    left: () => left++,
  });
  return { waiter: made, left: () => left };
}

test('resolves to what it is given and leaves its signal', async () => {
  const abort = new AbortController();
  const { waiter: made, left } = waiter(10_000, abort.signal);
  made.settle('value');
  abort.abort();
  await expect(made.promise).resolves.toBe('value');
  expect(left()).toBe(0);
});

test('rejects when its time is over', async () => {
  const { waiter: made, left } = waiter(5);
  await expect(made.promise).rejects.toMatchObject({ code: 'timeout' });
  expect(left()).toBe(1);
});

test('rejects with the reason of its signal, also of one that had fired before', async () => {
  const abort = new AbortController();
  const later = waiter(10_000, abort.signal);
  abort.abort('enough');
  const before = waiter(10_000, abort.signal);
  await expect(later.waiter.promise).rejects.toMatchObject({ code: 'aborted', cause: 'enough' });
  await expect(before.waiter.promise).rejects.toMatchObject({ code: 'aborted', cause: 'enough' });
});

test('has given up before its owner hears of it, so nothing more is given to it', async () => {
  const abort = new AbortController();
  const owner = new Set<Waiter<string>>();
  const made: Waiter<string> = new Waiter<string>({
    timeout: 10_000,
    signal: abort.signal,
    expired: () => new HiddenNodeError('timeout', ''),
    left: () => owner.delete(made),
  });
  owner.add(made);
  abort.abort();
  expect(owner.size).toBe(0);
  await expect(made.promise).rejects.toMatchObject({ code: 'aborted' });
});

test.each([-1, Number.NaN, '5', null])('refuses %s as a timeout', (timeout) => {
  expect(() => checkTimeout(timeout as number)).toThrowError(expect.objectContaining({ code: 'invalid_argument' }));
});
