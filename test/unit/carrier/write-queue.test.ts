import { describe, expect, test } from 'vitest';
import { type Chunk, chunkOf } from '../../../lib/carrier/chunk.ts';
import { WriteQueue } from '../../../lib/carrier/write-queue.ts';

/** Takes everything in pieces, some of which are taken in part only. */
function drain(queue: WriteQueue, most: number, part = most): Buffer {
  const taken: Buffer[] = [];
  while (queue.bytes > 0) {
    const bytes = Buffer.concat(queue.next(most, 3));
    const count = Math.min(part, bytes.length);
    taken.push(bytes.subarray(0, count));
    queue.advance(count);
  }
  return Buffer.concat(taken);
}

/** Buffers that can be resized are newer than the types of the language version that this is compiled for. */
interface Resizable extends ArrayBuffer {
  resize(bytes: number): void;
}

function resizable(bytes: number): Resizable {
  const make = ArrayBuffer as unknown as new (bytes: number, options: { maxByteLength: number }) => Resizable;
  return new make(bytes, { maxByteLength: 4 * bytes });
}

describe('WriteQueue', () => {
  test.each([1, 2, 3, 7, 100, 1000])('gives its bytes in order, %i at a time', (most) => {
    const queue = new WriteQueue();
    const text = Array.from({ length: 300 }, (_, i) => `${i} `);
    for (const [i, part] of text.entries()) {
      const bytes = Buffer.from(`..${part}...`);
      queue.add([{ bytes, start: 2, end: bytes.length - 3 }]);
      if (i % 50 === 0) queue.add([chunkOf(Buffer.alloc(0))]);
    }
    expect(queue.bytes).toBe(text.join('').length);
    expect(drain(queue, most, Math.ceil(most / 2)).toString()).toBe(text.join(''));
  });

  test('gives at most as many bytes and arrays as are asked for', () => {
    const queue = new WriteQueue();
    queue.add(Array.from({ length: 10 }, () => chunkOf(Buffer.alloc(10, 1))));
    expect(queue.next(35, 100).map(({ length }) => length)).toEqual([10, 10, 10, 5]);
    expect(queue.next(100, 2).map(({ length }) => length)).toEqual([10, 10]);
    queue.advance(4);
    expect(queue.next(8, 100).map(({ length }) => length)).toEqual([6, 2]);
  });

  test('releases each chunk once, in order, as soon as all of it is written', () => {
    const queue = new WriteQueue();
    const order: string[] = [];
    const chunk = (name: string, length: number): Chunk => ({
      ...chunkOf(Buffer.alloc(length)),
      released: (bytes) => order.push(`${name}${bytes.length}`),
    });
    queue.add([chunk('mark', 0), chunk('a', 5), chunk('mark', 0), chunk('b', 5)]);
    expect(order).toEqual(['mark0']);
    queue.advance(4);
    expect(order).toEqual(['mark0']);
    queue.advance(2);
    expect(order).toEqual(['mark0', 'a5', 'mark0']);
    queue.add([chunk('mark', 0)]);
    queue.advance(4);
    expect(order).toEqual(['mark0', 'a5', 'mark0', 'b5', 'mark0']);
    queue.add([chunk('c', 1), chunk('d', 1)]);
    queue.clear();
    queue.clear();
    expect(order.slice(5)).toEqual(['c1', 'd1']);
    expect(queue.bytes).toBe(0);
    queue.add([chunk('e', 2)]);
    expect(drain(queue, 10)).toHaveLength(2);
  });

  test('gives zeros for what has been taken away or made shorter, as many bytes as were announced', () => {
    const queue = new WriteQueue();
    const lost = new Uint8Array(200_000).fill(1);
    const shrunk = new Uint8Array(resizable(1000)).fill(2);
    const grown = new Uint8Array(resizable(1000)).fill(3);
    const shared = new Uint8Array(new SharedArrayBuffer(1000)).fill(4);
    const arrays = [lost, shrunk, grown, shared];
    queue.add(arrays.map(chunkOf));
    queue.advance(100);
    structuredClone(lost.buffer, { transfer: [lost.buffer] });
    (shrunk.buffer as Resizable).resize(10);
    (grown.buffer as Resizable).resize(4000);
    const expected = [Buffer.alloc(199_900), Buffer.alloc(1000), Buffer.alloc(1000, 3), Buffer.alloc(1000, 4)];
    expect(drain(queue, 150_000).equals(Buffer.concat(expected))).toBe(true);
  });
});
