/** When a link is read and when it is not. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Carrier, IDLE_HANDLER } from '../../../lib/carrier/carrier.ts';
import type { Receiver, SignalSource } from '../../../lib/distribution/control/signals.ts';
import { Intake } from '../../../lib/distribution/intake.ts';

class Reading implements Carrier {
  handler = IDLE_HANDLER;
  readonly remote = 'test';
  readonly queuedBytes = 0;
  readonly ticks = 0;
  readonly calls: string[] = [];

  keepAlive = (): boolean => false;
  send = (): void => undefined;
  end = async (): Promise<void> => undefined;
  destroy = (): void => undefined;
  pause(): void {
    this.calls.push('pause');
  }
  resume(): void {
    this.calls.push('resume');
  }
}

class Mailbox implements Receiver {
  full = true;
  readonly forgotten: SignalSource[] = [];

  forget(source: SignalSource): void {
    this.forgotten.push(source);
  }
}

function make(goOn: (intake: Intake) => void = () => undefined) {
  const carrier = new Reading();
  const intake: Intake = new Intake('peer@127.0.0.1', carrier, () => {
    carrier.calls.push('tell');
    goOn(intake);
  });
  return { carrier, intake, mailbox: new Mailbox() };
}

describe('Intake', () => {
  beforeEach(() =>
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setImmediate', 'clearImmediate', 'performance'] }),
  );
  afterEach(() => vi.useRealTimers());

  test('tells again what was not taken before it reads on, and not within the call that made room', () => {
    const { carrier, intake, mailbox } = make();
    intake.hold(mailbox);
    expect([intake.held, carrier.calls]).toEqual([true, ['pause']]);
    intake.release();
    intake.release();
    expect(carrier.calls).toEqual(['pause']);
    vi.advanceTimersByTime(0);
    expect([intake.held, carrier.calls]).toEqual([false, ['pause', 'tell', 'resume']]);
    expect(mailbox.forgotten).toEqual([intake]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('does not read on when the next signal is not taken either', () => {
    const mailbox = new Mailbox();
    const { carrier, intake } = make((self) => self.hold(mailbox));
    intake.hold(mailbox);
    intake.release();
    vi.advanceTimersByTime(0);
    expect([intake.held, carrier.calls]).toEqual([true, ['pause', 'tell']]);
  });

  test('looks ten times a second whether there is any room', () => {
    const { carrier, intake, mailbox } = make();
    intake.hold(mailbox);
    vi.advanceTimersByTime(1_000);
    expect(carrier.calls).toEqual(['pause']);
    mailbox.full = false;
    vi.advanceTimersByTime(99);
    expect(carrier.calls).toEqual(['pause']);
    vi.advanceTimersByTime(1);
    expect(carrier.calls).toEqual(['pause', 'tell', 'resume']);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('adds up for how long nothing was read', () => {
    const { intake, mailbox } = make();
    expect(intake.heldTime).toBe(0);
    for (const [held, sum] of [
      [250, 250],
      [50, 300],
    ] as const) {
      intake.hold(mailbox);
      vi.advanceTimersByTime(held);
      intake.release();
      vi.advanceTimersByTime(0);
      expect(intake.heldTime).toBe(sum);
      vi.advanceTimersByTime(500);
      expect(intake.heldTime).toBe(sum);
    }
  });

  test('leaves nothing behind when the link is over', () => {
    const { carrier, intake, mailbox } = make();
    intake.hold(mailbox);
    intake.release();
    intake.stop();
    expect(mailbox.forgotten).toEqual([intake]);
    expect(vi.getTimerCount()).toBe(0);
    mailbox.full = false;
    vi.advanceTimersByTime(1_000);
    expect(carrier.calls).toEqual(['pause']);
  });

  test('does not read on when what it tells ends the link', () => {
    const { carrier, intake, mailbox } = make((self) => self.stop());
    intake.hold(mailbox);
    intake.release();
    vi.advanceTimersByTime(0);
    expect(carrier.calls).toEqual(['pause', 'tell']);
    expect(vi.getTimerCount()).toBe(0);
  });
});
