import { expect, test } from 'vitest';
import { HiddenNodeError } from '../../../lib/errors.ts';
import { Attempt } from '../../../lib/node/attempt.ts';
import { failure } from '../../helpers/until.ts';

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
  await expect(Promise.all([attempt.join(60_000), attempt.join(500)])).resolves.toEqual(['link', 'link']);
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
  const joined = attempt.join(60_000);
  attempt.settle('their link');
  await expect(joined).resolves.toBe('their link');
  await ended;
});

test('is cancelled with the reason that those who wait get', async () => {
  const { attempt } = pending();
  const joined = attempt.join(60_000);
  attempt.cancel(new HiddenNodeError('node_stopped', 'stopped'));
  await expect(joined).rejects.toMatchObject({ code: 'node_stopped' });
});

test('lasts as long as the most patient of those who wait allows', async () => {
  let end!: (value: string) => void;
  const attempt = new Attempt<string>('app@host', 30, (deadline) =>
    deadline.race(
      new Promise<string>((resolve) => {
        end = resolve;
      }),
      () => new HiddenNodeError('timeout', 'the attempt is over'),
    ),
  );
  const impatient = failure(attempt.join(30));
  const patient = attempt.extend(60_000).join(60_000);
  expect(await impatient).toMatchObject({ code: 'timeout' });
  end('link');
  expect(await patient).toBe('link');
});

test('goes on for what is to be sent, when nobody waits any more', async () => {
  let end!: (value: string) => void;
  const attempt = new Attempt<string>('app@host', 60_000, async () => {
    return new Promise<string>((resolve) => {
      end = resolve;
    });
  });
  attempt.want();
  expect(await failure(attempt.join(10))).toMatchObject({ code: 'timeout' });
  end('link');
  expect(await attempt.outcome).toBe('link');
});
