import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Deadline, withDeadline } from '../../lib/deadline.ts';
import { HiddenNodeError } from '../../lib/errors.ts';

const late = () => new HiddenNodeError('timeout', 'too late');
const never = new Promise<never>(() => undefined);

afterEach(() => vi.useRealTimers());

describe('Deadline', () => {
  it('gives what the promise gives when it is in time', async () => {
    using deadline = new Deadline(10_000);
    await expect(deadline.race(Promise.resolve(7), late)).resolves.toBe(7);
    await expect(deadline.race(Promise.reject(new Error('own')), late)).rejects.toThrow('own');
    expect(deadline.expired).toBe(false);
  });

  it('is one deadline for all steps', async () => {
    vi.useFakeTimers();
    using deadline = new Deadline(100);
    const first = deadline.race(new Promise((resolve) => setTimeout(resolve, 60)), late);
    await vi.advanceTimersByTimeAsync(60);
    await first;
    expect(deadline.remaining()).toBe(40);
    const second = expect(deadline.race(new Promise((resolve) => setTimeout(resolve, 60)), late)).rejects.toThrow(
      'too late',
    );
    await vi.advanceTimersByTimeAsync(40);
    await second;
    expect(deadline.expired).toBe(true);
    expect(deadline.remaining()).toBe(0);
    await expect(deadline.race(Promise.resolve('done'), late)).rejects.toThrow('too late');
    expect(() => deadline.check(late)).toThrow('too late');
  });

  it('ends every open race at once', async () => {
    using deadline = new Deadline(1);
    const outcomes = await Promise.allSettled([deadline.race(never, late), deadline.race(never, late)]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['rejected', 'rejected']);
  });

  it('rejects with aborted and the reason as cause', async () => {
    const controller = new AbortController();
    using deadline = new Deadline(10_000, controller.signal);
    const race = deadline.race(never, late);
    const reason = new Error('stop');
    controller.abort(reason);
    await expect(race).rejects.toMatchObject({ code: 'aborted', cause: reason });
    expect(deadline.aborted).toBe(true);
    expect(() => deadline.check(late)).toThrow(expect.objectContaining({ code: 'aborted' }));
  });

  it('takes a signal that has fired before', async () => {
    using deadline = new Deadline(10_000, AbortSignal.abort('before'));
    expect(deadline.remaining()).toBe(0);
    await expect(deadline.race(Promise.resolve(1), late)).rejects.toMatchObject({ code: 'aborted', cause: 'before' });
  });

  it('leaves nothing on the signal and no timer after dispose', () => {
    vi.useFakeTimers();
    const controller = new AbortController();
    const deadline = new Deadline(10_000, controller.signal);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(1);
    deadline.dispose();
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves the signal when it expires, even without dispose', async () => {
    const controller = new AbortController();
    const deadline = new Deadline(0, controller.signal);
    await expect(deadline.race(never, late)).rejects.toThrow('too late');
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  it('forgets the loser: its rejection is not unhandled', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    try {
      using deadline = new Deadline(0);
      let fail: (error: Error) => void = () => undefined;
      const loser = new Promise<never>((_resolve, reject) => {
        fail = reject;
      });
      await expect(deadline.race(loser, late)).rejects.toThrow('too late');
      fail(new Error('after the fact'));
      await new Promise((resolve) => setImmediate(resolve));
      expect(unhandled).not.toHaveBeenCalled();
    } finally {
      process.off('unhandledRejection', unhandled);
    }
  });

  it('never expires with Infinity, and takes delays that no timer takes', async () => {
    vi.useFakeTimers();
    using endless = new Deadline(Number.POSITIVE_INFINITY);
    expect(vi.getTimerCount()).toBe(0);
    expect(endless.remaining()).toBe(Number.POSITIVE_INFINITY);
    using long = new Deadline(2 ** 31 + 10);
    await vi.advanceTimersByTimeAsync(2 ** 31 + 9);
    expect(long.expired).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(long.expired).toBe(true);
  });

  it("lets the process end when it is unref'd", () => {
    using deadline = new Deadline(60_000);
    const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    const before = timers();
    expect(deadline.hasRef()).toBe(true);
    deadline.unref();
    expect(deadline.hasRef()).toBe(false);
    expect(timers()).toBe(before - 1);
  });

  it.each([-1, Number.NaN, '5' as unknown as number])('refuses %s as a timeout', (timeout) => {
    expect(() => new Deadline(timeout)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });
});

describe('withDeadline', () => {
  it('makes a deadline from timeout and signal, and disposes it', async () => {
    const controller = new AbortController();
    const timeout = await withDeadline({ signal: controller.signal }, 700, async (deadline) => {
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
      return deadline.timeout;
    });
    expect(timeout).toBe(700);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    await expect(withDeadline({ timeout: 1 }, 700, (deadline) => deadline.race(never, late))).rejects.toThrow(
      'too late',
    );
  });

  it('takes the deadline of a larger operation and leaves it running', async () => {
    using whole = new Deadline(1);
    await withDeadline({ deadline: whole, timeout: 10_000 }, 700, async (deadline) => expect(deadline).toBe(whole));
    await expect(whole.race(never, late)).rejects.toThrow('too late');
  });
});
