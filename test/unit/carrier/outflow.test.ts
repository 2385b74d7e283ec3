import { describe, expect, test } from 'vitest';
import { chunkOf } from '../../../lib/carrier/chunk.ts';
import { Outflow } from '../../../lib/carrier/outflow.ts';
import { until } from '../../helpers/until.ts';

const MEBIBYTE = 1024 * 1024;

/** An outflow into something that takes so many bytes at once, and any number when there is no limit. */
function make(limit = Number.POSITIVE_INFINITY) {
  const written: Buffer[] = [];
  const unfinished: boolean[] = [];
  let drained = 0;
  const outflow = new Outflow(
    (pieces, more) => {
      const bytes = Buffer.concat(pieces).subarray(0, Math.min(limit, Number.MAX_SAFE_INTEGER));
      written.push(Buffer.from(bytes));
      unfinished.push(more);
      return bytes.length;
    },
    () => drained++,
  );
  return { outflow, written: () => Buffer.concat(written), writes: written, unfinished, drained: () => drained };
}

describe('Outflow', () => {
  test('writes at once what is taken at once, and does not say so', () => {
    const { outflow, written, unfinished, drained } = make();
    outflow.send([chunkOf(Buffer.from('ab')), chunkOf(Buffer.from('c'))]);
    expect([written().toString(), outflow.bytes, outflow.idle, drained()]).toEqual(['abc', 0, true, 0]);
    expect(unfinished).toEqual([false]);
  });

  test('waits until more can be written, and says when nothing is left', () => {
    const { outflow, written, drained } = make(2);
    outflow.send([chunkOf(Buffer.from('abcde'))]);
    expect([written().toString(), outflow.bytes, outflow.idle]).toEqual(['ab', 3, false]);
    outflow.send([chunkOf(Buffer.from('fg'))]);
    expect(written().toString()).toBe('ab');
    outflow.writable(1);
    expect([written().toString(), outflow.bytes, drained()]).toEqual(['abde', 2, 0]);
    outflow.writable();
    expect([written().toString(), outflow.bytes, outflow.idle, drained()]).toEqual(['abdefg', 0, true, 1]);
  });

  test('hands over no more than a few megabytes in one turn of the event loop', async () => {
    const { outflow, writes, written, unfinished, drained } = make();
    const bytes = Buffer.alloc(10 * MEBIBYTE, 'abc');
    let turns = 0;
    const count = (): void => {
      turns++;
      if (drained() === 0) setImmediate(count);
    };
    setImmediate(count);
    outflow.send([chunkOf(bytes)]);
    expect(written().length).toBe(4 * MEBIBYTE);
    await until('the rest', () => drained() === 1);
    expect(written().equals(bytes)).toBe(true);
    expect([writes.length, turns]).toEqual([3, 2]);
    expect(unfinished).toEqual([true, true, false]);
  });

  test('writes any number of chunks in one turn, and says which writes end in the middle', () => {
    const { outflow, written, writes, unfinished } = make();
    outflow.send(Array.from({ length: 1000 }, (_, i) => chunkOf(Buffer.from(`${i},`))));
    expect(written().toString()).toBe(Array.from({ length: 1000 }, (_, i) => `${i},`).join(''));
    expect(writes.length).toBeLessThan(20);
    expect(unfinished).toEqual([...writes.slice(1).fill(true as never), false]);
  });

  test('what is sent from within a write goes behind it', () => {
    const order: string[] = [];
    const outflow: Outflow = new Outflow(
      (pieces) => {
        const text = Buffer.concat(pieces).toString();
        order.push(text);
        if (text === 'first') outflow.send([chunkOf(Buffer.from('answer'))]);
        return text.length;
      },
      () => undefined,
    );
    outflow.send([chunkOf(Buffer.from('first'))]);
    expect([order, outflow.idle]).toEqual([['first', 'answer'], true]);
  });

  test('releases everything when it is stopped, and what comes later at once', () => {
    const { outflow, written } = make(1);
    let released = 0;
    const chunk = { ...chunkOf(Buffer.from('abc')), released: () => released++ };
    outflow.send([chunk, chunk]);
    expect(released).toBe(0);
    outflow.stop();
    expect([released, outflow.bytes]).toEqual([2, 0]);
    outflow.send([chunk]);
    outflow.writable(1);
    expect([released, outflow.bytes, written().toString()]).toEqual([3, 0, 'a']);
  });

  test('sends a range as it is, and what is not taken of it before what follows', () => {
    const written: string[] = [];
    let room = 3;
    const take = (bytes: Uint8Array): number => {
      const taken = Buffer.from(bytes.subarray(0, room)).toString();
      room -= taken.length;
      written.push(taken);
      return taken.length;
    };
    let drained = 0;
    const released: string[] = [];
    const outflow = new Outflow(
      (pieces) => take(Buffer.concat(pieces)),
      () => drained++,
      (bytes, start, end) => take(bytes.subarray(start, end)),
    );
    const send = (text: string): void =>
      outflow.send([
        { bytes: Buffer.from(`(${text})`), start: 1, end: text.length + 1, released: () => released.push(text) },
      ]);
    send('ab');
    expect([written.join(''), released, outflow.idle, outflow.bytes]).toEqual(['ab', ['ab'], true, 0]);
    send('cdef');
    send('gh');
    expect([written.join(''), released, outflow.idle, outflow.bytes]).toEqual(['abc', ['ab'], false, 5]);
    room = 4;
    outflow.writable();
    expect([written.join(''), released, drained]).toEqual(['abcdefg', ['ab', 'cdef'], 0]);
    room = 9;
    outflow.writable();
    expect([written.join(''), released, outflow.idle, drained]).toEqual(['abcdefgh', ['ab', 'cdef', 'gh'], true, 1]);
  });
});
