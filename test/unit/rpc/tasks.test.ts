/** Work that is under way, and those who wait for it. */
import { expect, test } from 'vitest';
import { Tasks } from '../../../lib/rpc/tasks.ts';

/** Turns of the event loop after which all that can happen has happened. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

function piece() {
  let end!: () => void;
  const work = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { work, end };
}

test('whoever waits goes on when little enough is under way', async () => {
  const tasks = new Tasks();
  const order: string[] = [];
  const [first, second, third] = [piece(), piece(), piece()];
  for (const { work } of [first, second, third]) tasks.add(work);
  void tasks.fewerThan(4).then(() => order.push('fewer than 4'));
  void tasks.fewerThan(1).then(() => order.push('none'));
  void tasks.fewerThan(3).then(() => order.push('fewer than 3'));
  await settled();
  expect(order).toEqual(['fewer than 4']);
  second.end();
  await settled();
  expect(order).toEqual(['fewer than 4', 'fewer than 3']);
  first.end();
  await settled();
  expect(order).toHaveLength(2);
  third.end();
  await settled();
  expect(order).toEqual(['fewer than 4', 'fewer than 3', 'none']);
});

test('nobody waits for ever when there is no limit', async () => {
  const tasks = new Tasks();
  tasks.add(piece().work);
  await tasks.fewerThan(Number.POSITIVE_INFINITY);
});
