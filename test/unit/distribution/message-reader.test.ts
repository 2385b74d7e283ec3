/** Messages out of a stream that is cut anywhere: whole frames, fragments, and both in turn. */
import { describe, expect, test } from 'vitest';
import { FrameReader } from '../../../lib/distribution/frame-reader.ts';
import { messageReader } from '../../../lib/distribution/message-reader.ts';
import { frame } from '../../helpers/handmade-peer.ts';

const text = (length: number, seed: number): Buffer => Buffer.alloc(length, `${seed} of ${length}, `);

function numbers(...values: number[]): Buffer {
  const bytes = Buffer.alloc(8 * values.length);
  for (const [i, value] of values.entries()) bytes.writeBigUInt64BE(BigInt(value), 8 * i);
  return bytes;
}

const whole = (data: Buffer) => frame(Buffer.from([131, 68, 0]), data);
const first = (sequence: number, number: number, data: Buffer) =>
  frame(Buffer.from([131, 69]), numbers(sequence, number), Buffer.from([0]), data);
const next = (sequence: number, number: number, data: Buffer) =>
  frame(Buffer.from([131, 70]), numbers(sequence, number), data);

const small = text(10, 1);
const [a, b] = [text(5_000, 2), text(70_000, 3)];
const STREAM = Buffer.concat([
  whole(small),
  first(1, 3, a.subarray(0, 2_000)),
  next(1, 2, a.subarray(2_000, 4_500)),
  first(2, 2, b.subarray(0, 65_536)),
  whole(small),
  Buffer.alloc(4),
  next(1, 1, a.subarray(4_500)),
  first(3, 1, small),
  next(2, 1, b.subarray(65_536)),
  whole(b),
  whole(small),
]);
const EXPECTED = [small, small, a, small, b, b, small];

function make() {
  const messages: Buffer[] = [];
  let [room, ticks] = [Number.POSITIVE_INFINITY, 0];
  const handler = messageReader(true, 1_000_000, {
    message: (bytes, start, end) => {
      if (room === 0) return false;
      room--;
      messages.push(Buffer.from(bytes.subarray(start, end)));
      return true;
    },
    tick: () => ticks++,
  });
  const reader = new FrameReader(1_000_000, handler);
  return {
    reader,
    messages,
    ticks: () => ticks,
    allow: (count: number) => {
      room = count;
    },
  };
}

function expectMessages(messages: Buffer[], expected: Buffer[]): void {
  expect(messages.map((message, i) => expected[i] !== undefined && message.equals(expected[i]))).toEqual(
    expected.map(() => true),
  );
}

const SIZES = [1, 3, 19, 20, 22, 23, 24, 1_460, 65_536, 262_144];

describe('messages', () => {
  test.each(SIZES)('come whole in pieces of %i bytes from a slab that is used again', (size) => {
    const { reader, messages, ticks } = make();
    const slab = Buffer.alloc(size);
    for (let at = 0; at < STREAM.length; at += size) {
      reader.push(slab, STREAM.copy(slab, 0, at, at + size));
      slab.fill(0xee);
    }
    expectMessages(messages, EXPECTED);
    expect([reader.heldBytes, ticks()]).toEqual([0, 1]);
  });

  test('come whole when the stream is cut in two at any place near a header', () => {
    const places = new Set<number>();
    for (let at = 0; at < STREAM.length; at += 4 + STREAM.readUInt32BE(at)) {
      for (let near = at - 30; near < at + 60; near++) places.add(Math.min(Math.max(near, 0), STREAM.length));
    }
    for (const at of places) {
      const { reader, messages } = make();
      reader.push(Buffer.from(STREAM.subarray(0, at)), at);
      reader.push(Buffer.from(STREAM.subarray(at)), STREAM.length - at);
      expectMessages(messages, EXPECTED);
    }
  });

  test.each(SIZES.slice(1))('that are not taken come again, once each, in pieces of %i bytes', (size) => {
    const { reader, messages, allow } = make();
    const slab = Buffer.alloc(size);
    for (let taken = 0, at = 0; ; ) {
      allow(0);
      for (let pushes = 0; pushes < 40 && at < STREAM.length; pushes++, at += size) {
        reader.push(slab, STREAM.copy(slab, 0, at, at + size));
        slab.fill(0xee);
      }
      allow(1);
      const all = reader.resume();
      expect(messages.length - taken).toBeLessThanOrEqual(1);
      taken = messages.length;
      if (all && at >= STREAM.length) break;
    }
    expectMessages(messages, EXPECTED);
  });
});

describe('what is no message', () => {
  const plain = Buffer.from([112, 131, 1, 2, 3]);
  test.each([
    ['without a header, from a peer that writes them', true, plain],
    ['with a header, from a peer that writes none', false, Buffer.from([131, 68, 0, 1, 2])],
    ['with atoms in its header', true, Buffer.from([131, 68, 1, 1, 2])],
    ['of another kind', true, Buffer.from([131, 71, 0, 1, 2])],
    ['of one byte', true, Buffer.from([131])],
    ['of two bytes', true, Buffer.from([131, 68])],
    ['of a fragment without its numbers', true, Buffer.from([131, 70, 1, 2, 3])],
    ['of one byte, plain', false, Buffer.from([112])],
    ['with another version', false, Buffer.from([112, 130, 1])],
  ])('%s', (_what, headers, bytes) => {
    const reader = new FrameReader(
      1_000,
      messageReader(headers, 1_000, { message: () => true, tick: () => undefined }),
    );
    // The bytes behind it must not be taken for its own.
    const stream = Buffer.concat([frame(bytes), Buffer.alloc(4)]);
    expect(() => reader.push(stream, stream.length)).toThrow(expect.objectContaining({ code: 'decode_invalid' }));
  });

  test('is refused as soon as a part of a fragment shows it', () => {
    const { reader } = make();
    const bytes = next(1, 1, text(70_000, 1));
    expect(() => reader.push(bytes, 100)).toThrow(expect.objectContaining({ code: 'decode_invalid' }));
  });
});
