import { expect, test } from 'vitest';
import { MessageQueue } from '../../../lib/process/message-queue.ts';

test('gives messages in order, also such that are undefined', () => {
  const queue = new MessageQueue();
  queue.add(1);
  queue.add(undefined);
  queue.add(null);
  expect([queue.take(), queue.take(), queue.take(), queue.take()]).toEqual([
    { message: 1 },
    { message: undefined },
    { message: null },
    undefined,
  ]);
});

test('takes from the middle what is asked for and leaves the others in order', () => {
  const queue = new MessageQueue();
  for (let i = 0; i < 5; i++) queue.add(i);
  queue.take();
  expect(queue.take((message) => message === 3)).toEqual({ message: 3 });
  expect(queue.take((message) => message === 3)).toBeUndefined();
  expect(queue.size).toBe(3);
  expect([queue.take(), queue.take(), queue.take()]).toEqual([{ message: 1 }, { message: 2 }, { message: 4 }]);
});

test('keeps order and size while it is filled and emptied a million times', () => {
  const queue = new MessageQueue();
  let added = 0;
  let taken = 0;
  while (taken < 1_000_000) {
    for (let i = 0; i < 3 && added < 1_000_000; i++) queue.add(added++);
    for (let i = 0; i < (added < 1_000_000 ? 2 : 5); i++) {
      const found = queue.take();
      if (found !== undefined && found.message !== taken++) throw new Error(`out of order at ${taken}`);
    }
    if (queue.size !== added - taken) throw new Error(`size ${queue.size}, not ${added - taken}`);
  }
  expect(queue.size).toBe(0);
});

test('takes the oldest by choice out of a long queue as fast as otherwise', () => {
  const queue = new MessageQueue<number>();
  for (let i = 0; i < 500_000; i++) queue.add(i);
  // Each moving up all the others would take minutes.
  let next = 0;
  while (queue.take((message) => message >= 0)?.message === next) next++;
  expect(next).toBe(500_000);
  expect(queue.size).toBe(0);
});
