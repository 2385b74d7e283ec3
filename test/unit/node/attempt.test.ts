import { expect, test } from 'vitest';
import { HiddenNodeError } from '../../../lib/errors.ts';
import { Attempt } from '../../../lib/node/attempt.ts';

function pending(): { attempt: Attempt<string>; ended: Promise<unknown> } {
  let end!: (reason: unknown) => void;
  const ended = new Promise((resolve) => {
    end = resolve;
  });
  const attempt = new Attempt<string>('app@host', 60_000, async (deadline) => {
    try {
      return await deadline.race(new Promise<string>(() => undefined), () => new HiddenNodeError('timeout', ''));
    } catch (error) {
      end(error);
      throw error;
    }
  });
  attempt.outcome.catch(() => undefined);
  return { attempt, ended };
}

test('gives its outcome to everybody who waits', async () => {
  const attempt = new Attempt('app@host', 1_000, async () => 'link');
  await expect(Promise.all([attempt.join(), attempt.join(500)])).resolves.toEqual(['link', 'link']);
});

test('goes on while somebody waits, and ends when nobody does', async () => {
  const { attempt, ended } = pending();
  const abort = new AbortController();
  const patient = attempt.join(60_000, abort.signal);
  await expect(attempt.join(1)).rejects.toMatchObject({ code: 'timeout', facts: { peer: 'app@host', timeout: 1 } });
  await expect(Promise.race([ended, 'goes on'])).resolves.toBe('goes on');
  abort.abort('tired');
  await expect(patient).rejects.toMatchObject({ code: 'aborted', cause: 'tired' });
  await expect(ended).resolves.toMatchObject({ code: 'aborted' });
});

test('is settled from outside when the peer was reached in another way', async () => {
  const { attempt, ended } = pending();
  const joined = attempt.join();
  attempt.settle('their link');
  await expect(joined).resolves.toBe('their link');
  await ended;
});

test('is cancelled with the reason that those who wait get', async () => {
  const { attempt } = pending();
  const joined = attempt.join();
  attempt.cancel(new HiddenNodeError('node_stopped', 'stopped'));
  await expect(joined).rejects.toMatchObject({ code: 'node_stopped' });
});
