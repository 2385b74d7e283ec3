import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Timed } from '../../lib/timeouts.ts';

class Wait extends Timed {
  constructor(
    readonly name: string,
    private readonly over: (name: string) => void,
  ) {
    super();
  }

  start(milliseconds: number): this {
    this.startTime(milliseconds);
    return this;
  }

  stop(): void {
    this.stopTime();
  }

  protected override timeOver(): void {
    this.over(this.name);
  }
}

let told: string[] = [];
const wait = (name: string): Wait => new Wait(name, (each) => told.push(each));

beforeEach(() => {
  told = [];
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
// Timers that nobody waits for any more end by themselves.
afterEach(() => {
  vi.advanceTimersByTime(100_000);
  vi.useRealTimers();
});

test('each is told when its own time is over, not before', () => {
  wait('a').start(100);
  vi.advanceTimersByTime(60);
  wait('b').start(100);
  vi.advanceTimersByTime(39);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(told).toEqual(['a']);
  vi.advanceTimersByTime(58);
  expect(told).toEqual(['a']);
  vi.advanceTimersByTime(2);
  expect(told).toEqual(['a', 'b']);
});

test('many of one length need one timer', () => {
  const before = vi.getTimerCount();
  for (let i = 0; i < 1000; i++) wait(String(i)).start(7_000);
  expect(vi.getTimerCount()).toBe(before + 1);
  vi.advanceTimersByTime(7_000);
  expect(told).toHaveLength(1000);
  expect(vi.getTimerCount()).toBe(before);
});

test.each([
  ['first', 0],
  ['middle', 1],
  ['last', 2],
])('one that stops is not told, and the others are: the %s', (_, which) => {
  const waits = ['a', 'b', 'c'].map((name) => wait(name).start(50));
  waits[which].stop();
  waits[which].stop();
  vi.advanceTimersByTime(50);
  expect(told).toEqual(['a', 'b', 'c'].filter((_name, i) => i !== which));
});

test('different lengths do not wait for each other', () => {
  wait('long').start(1_000);
  wait('short').start(10);
  wait('none').start(0);
  vi.advanceTimersByTime(10);
  expect(told).toEqual(['none', 'short']);
});

test('one after another, each with its full time, share a timer that does not pile up', () => {
  const before = vi.getTimerCount();
  for (let i = 0; i < 50; i++) {
    const each = wait('early').start(500);
    vi.advanceTimersByTime(20);
    each.stop();
  }
  expect(vi.getTimerCount()).toBeLessThanOrEqual(before + 1);
  wait('late').start(500);
  vi.advanceTimersByTime(498);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(2);
  expect(told).toEqual(['late']);
});

test('many lengths leave few timers behind', () => {
  const before = vi.getTimerCount();
  for (let i = 1; i <= 1000; i++)
    wait('x')
      .start(10_000 + i)
      .stop();
  expect(vi.getTimerCount()).toBeLessThanOrEqual(before + 8);
  vi.advanceTimersByTime(20_000);
  expect(vi.getTimerCount()).toBeLessThanOrEqual(before);
});

test('what one does when its time is over may start and stop others', () => {
  const second = wait('second');
  const first = new Wait('first', () => {
    second.stop();
    wait('third').start(100);
  });
  first.start(100);
  second.start(100);
  vi.advanceTimersByTime(100);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(100);
  expect(told).toEqual(['third']);
});

test('one that throws does not take the time of others away', () => {
  new Wait('bad', () => {
    throw new Error('on purpose');
  }).start(30);
  wait('good').start(30);
  expect(() => vi.advanceTimersByTime(30)).toThrow('on purpose');
  vi.advanceTimersByTime(2);
  expect(told).toEqual(['good']);
});

test('a wait keeps the process alive, and one that has ended does not', () => {
  const program = `
    const { HiddenNode } = await import('hidden-node');
    const node = await HiddenNode.start({ name: 'timeouts@127.0.0.1', cookie: 'x', listen: false });
    const inbox = node.mailbox();
    inbox.receive({ timeout: 30_000 }).then(() => console.log('received'));
    node.send(inbox.pid, 'message');
    const late = inbox.receive({ timeout: 200, match: 'nothing' }).catch((error) => console.log(error.code));
  `;
  const start = performance.now();
  const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  expect({ stdout, status }).toEqual({ stdout: 'received\ntimeout\n', status: 0 });
  expect(performance.now() - start).toBeLessThan(25_000);
});
