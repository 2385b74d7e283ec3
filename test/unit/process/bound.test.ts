/** The room in a mailbox with a bound. */
import { describe, expect, test } from 'vitest';
import type { Receiver, SignalSource } from '../../../lib/distribution/control/signals.ts';
import { BoundedQueue, type BoundOptions } from '../../../lib/process/bound.ts';

/** A link that brings signals of a size, and remembers what it is told. */
class Link implements SignalSource {
  readonly peer = 'beam@127.0.0.1';
  held: Receiver | undefined;
  released = 0;

  constructor(public bytes = 10) {}

  hold(receiver: Receiver): void {
    this.held = receiver;
  }

  release(): void {
    this.released++;
  }
}

function queue(options: BoundOptions): BoundedQueue {
  return new BoundedQueue(options, { node: 'js@127.0.0.1', to: 'inbox' });
}

/** Brings as many messages as there is room for. */
function fill(bounded: BoundedQueue, link: Link): number {
  let count = 0;
  for (; bounded.admits(link); count++) bounded.add(count);
  return count;
}

describe('a bound', () => {
  test('of messages is never exceeded by a link', () => {
    const bounded = queue({ messages: 5 });
    const link = new Link();
    expect(fill(bounded, link)).toBe(5);
    expect(bounded.size).toBe(5);
    expect(link.held).toBe(bounded);
  });

  test('of bytes is exceeded by the last message at most', () => {
    const bounded = queue({ bytes: 100 });
    expect(fill(bounded, new Link(30))).toBe(4);
    expect(bounded.admits(new Link(1))).toBe(false);
  });

  test('takes one message that is larger than all of it', () => {
    const bounded = queue({ bytes: 100 });
    expect(fill(bounded, new Link(1_000_000))).toBe(1);
    bounded.take();
    expect(bounded.full).toBe(false);
  });

  test('of both is reached with the first', () => {
    expect(fill(queue({ messages: 3, bytes: 1_000 }), new Link(10))).toBe(3);
    expect(fill(queue({ messages: 300, bytes: 1_000 }), new Link(500))).toBe(2);
  });

  test('lets links go on when half of it is free, and not before', () => {
    const bounded = queue({ messages: 10 });
    const [one, other] = [new Link(), new Link()];
    fill(bounded, one);
    expect(bounded.admits(other)).toBe(false);
    for (let n = 0; n < 4; n++) bounded.take();
    expect([one.released, other.released, bounded.full]).toEqual([0, 0, false]);
    bounded.take();
    expect([one.released, other.released]).toEqual([1, 1]);
  });

  test('asks for half of the bytes as well as of the messages', () => {
    const bounded = queue({ messages: 100, bytes: 100 });
    const [large, small] = [new Link(80), new Link(1)];
    bounded.admits(small);
    bounded.add('small');
    bounded.admits(large);
    bounded.add('large');
    fill(bounded, small);
    for (let n = 0; n < 1; n++) bounded.take();
    expect(small.released).toBe(0);
    expect(bounded.take((message) => message === 'large')).toMatchObject({ message: 'large' });
    expect(small.released).toBe(1);
  });

  test('forgets a link that waits no longer', () => {
    const bounded = queue({ messages: 1 });
    const link = new Link();
    fill(bounded, link);
    bounded.forget(link);
    bounded.take();
    expect(link.released).toBe(0);
  });

  test('lets links go on when everything is cleared', () => {
    const bounded = queue({ bytes: 1 });
    const link = new Link();
    fill(bounded, link);
    bounded.clear();
    expect([link.released, bounded.size, bounded.full]).toEqual([1, 0, false]);
  });

  test('does not hold up this node itself, whose messages count', () => {
    const bounded = queue({ messages: 2 });
    for (let n = 0; n < 5; n++) {
      expect(bounded.admits(undefined)).toBe(true);
      bounded.add(n);
    }
    expect(bounded.size).toBe(5);
    expect(bounded.admits(new Link())).toBe(false);
  });

  test('keeps the order, and finds by a predicate', () => {
    const bounded = queue({ messages: 9 });
    fill(bounded, new Link());
    expect(bounded.take((message) => message === 4)).toMatchObject({ message: 4 });
    expect(bounded.take((message) => message === 4)).toBeUndefined();
    const rest = Array.from({ length: 8 }, () => bounded.take()!.message);
    expect(rest).toEqual([0, 1, 2, 3, 5, 6, 7, 8]);
    expect(bounded.take()).toBeUndefined();
  });

  test.each([{}, { messages: 0 }, { bytes: -1 }, { messages: Number.NaN }, { bytes: '5' as never }])(
    'cannot be %j',
    (options) => {
      expect(() => queue(options)).toThrowError(expect.objectContaining({ code: 'invalid_argument' }));
    },
  );
});
