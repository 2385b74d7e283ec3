/** Large messages go out in fragments, for peers that put them together; and what was written before that was known goes out in the end. */
import { describe, expect, test } from 'vitest';
import type { FrameWriter } from '../../../lib/distribution/frame-writer.ts';
import type { EncodableTerm } from '../../../lib/index.ts';
import {
  bytesOf,
  CONTROL,
  CONTROL_BYTES,
  earlyWriter,
  expectTerms,
  messages,
  read,
  release,
  uncopied,
  write,
  writeControl,
  writerOf,
} from './frames.ts';

/** So short that everything above 128 KiB is cut. */
const SHORT_TICK_TIME = 100;

interface Frame {
  form: number;
  sequence: bigint;
  number: bigint;
  /** Of control message and payload. */
  bytes: number;
}

function frames(stream: Buffer): Frame[] {
  const found: Frame[] = [];
  for (let at = 0; at < stream.length; ) {
    const end = at + 4 + stream.readUInt32BE(at);
    expect(stream[at + 4]).toBe(131);
    const form = stream[at + 5]!;
    const start = at + 4 + ({ 68: 3, 69: 19, 70: 18 }[form] ?? Number.NaN);
    const numbered = form === 68 ? [0n, 0n] : [stream.readBigUInt64BE(at + 6), stream.readBigUInt64BE(at + 14)];
    if (form !== 70) expect(stream[start - 1]).toBe(0);
    found.push({ form, sequence: numbered[0]!, number: numbered[1]!, bytes: end - start });
    at = end;
  }
  return found;
}

describe('a large message', () => {
  test.each([131_000, 131_072, 131_073, 200_000, 1_000_000, 1_048_576])('of %i bytes', (bytes) => {
    const writer = writerOf({ netTickTime: SHORT_TICK_TIME });
    const binary = Buffer.alloc(bytes - CONTROL_BYTES - 5, 1);
    write(writer, binary);
    const { pendingBytes } = writer;
    const chunks = writer.take();
    const stream = bytesOf(chunks);
    expect(stream).toHaveLength(pendingBytes);
    const found = frames(stream);
    if (bytes <= 2 * 65_536 - 3) {
      expect(found).toEqual([{ form: 68, sequence: 0n, number: 0n, bytes }]);
    } else {
      const count = Math.ceil(bytes / 65_536);
      expect(found.map(({ form }) => form)).toEqual([69, ...new Array(count - 1).fill(70)]);
      expect(found.map(({ number }) => Number(number))).toEqual(Array.from({ length: count }, (_, i) => count - i));
      expect(found.every((each) => each.sequence === found[0]!.sequence)).toBe(true);
      expect(found.reduce((sum, each) => sum + each.bytes, 0)).toBe(bytes);
      expect(found.slice(0, -1).every((each) => each.bytes === 65_536)).toBe(true);
    }
    expect(uncopied(chunks, binary)).toBeGreaterThan(0);
    expectTerms(chunks, [binary]);
  });

  test('has a number of its own', () => {
    const writer = writerOf({ netTickTime: SHORT_TICK_TIME });
    for (let i = 0; i < 3; i++) write(writer, Buffer.alloc(140_000, i));
    const numbers = frames(bytesOf(writer.take())).map(({ sequence }) => sequence);
    expect([numbers.length, new Set(numbers).size]).toEqual([9, 3]);
  });

  test('goes out whole when the net tick time is long, or the peer puts nothing together', () => {
    const binary = Buffer.alloc(900_000, 1);
    const patient = writerOf({ netTickTime: 60_000 });
    write(patient, binary);
    expect(frames(bytesOf(patient.take()))).toHaveLength(1);
    const simple = writerOf({ netTickTime: SHORT_TICK_TIME }, false);
    write(simple, binary);
    expect(messages(bytesOf(simple.take()), false)).toHaveLength(1);
  });

  test('is cut behind its control message, and not at all when that is all of it', () => {
    const writer = writerOf({ netTickTime: SHORT_TICK_TIME });
    const control = Buffer.alloc(100_000, 1);
    writer.begin();
    writer.writeTerm([CONTROL, control]);
    writer.beginPayload();
    writer.writeTerm(Buffer.alloc(100_000, 2));
    writer.finish();
    const [first] = frames(bytesOf(writer.take()));
    expect(first).toMatchObject({ form: 69, number: 3n });
    expect(first!.bytes).toBeGreaterThan(100_000);
    writeControl(writer, Buffer.alloc(300_000, 3));
    expect(frames(bytesOf(writer.take()))).toMatchObject([{ form: 68 }]);
  });

  test('may consist of many small parts, stand among others, and be followed by small ones', () => {
    const writer = writerOf({ netTickTime: SHORT_TICK_TIME });
    const binary = Buffer.alloc(300_000, 7);
    const list = Array.from({ length: 60_000 }, (_, i) => i * 1000);
    const terms: EncodableTerm[] = [1, [list, binary, list], 'x'.repeat(400_000), 2, [binary, 3], 4];
    const order: number[] = [];
    for (const [i, term] of terms.entries()) {
      write(writer, term);
      writer.mark(() => order.push(i));
    }
    expect(writer.frames).toBe(terms.length);
    const chunks = writer.take();
    expectTerms(chunks, terms);
    release(chunks);
    expect(order).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('that was not ended leaves no trace', () => {
    const writer = writerOf({ netTickTime: SHORT_TICK_TIME });
    write(writer, 1);
    writer.begin();
    writer.writeTerm(CONTROL);
    writer.beginPayload();
    expect(() => writer.writeTerm([Buffer.alloc(400_000), Symbol('bad')] as never)).toThrow();
    write(writer, Buffer.alloc(200_000, 2));
    write(writer, 3);
    expectTerms(writer.take(), [1, Buffer.alloc(200_000, 2), 3]);
  });
});

describe('what is written before the peer is known', () => {
  const binary = Buffer.alloc(300_000, 7);
  const list = Array.from({ length: 100_000 }, (_, i) => i * 1000);
  const terms: EncodableTerm[] = [1, 'two', binary, [list, binary], 5, 'x'.repeat(400_000), 7];

  function writeAll(writer: FrameWriter): number[] {
    const order: number[] = [];
    writer.mark(() => order.push(-1));
    for (const [i, term] of terms.entries()) {
      write(writer, term);
      writer.mark(() => order.push(i));
    }
    return order;
  }

  test.each([
    [true, SHORT_TICK_TIME],
    [true, 60_000],
    [false, SHORT_TICK_TIME],
  ])('goes out as the peer reads it (headers: %s, net tick time %i)', (headers, netTickTime) => {
    const writer = earlyWriter({ netTickTime });
    const order = writeAll(writer);
    writer.settle(headers);
    expect(writer.frames).toBe(terms.length);
    write(writer, 'later');
    const { pendingBytes } = writer;
    const chunks = writer.take();
    expect(bytesOf(chunks)).toHaveLength(pendingBytes);
    expect(uncopied(chunks, binary)).toBeGreaterThan(1);
    expectTerms(chunks, [...terms, 'later'], headers);
    release(chunks);
    expect(order).toEqual([-1, 0, 1, 2, 3, 4, 5, 6]);
  });

  test('is cut when it is large', () => {
    const writer = earlyWriter({ netTickTime: SHORT_TICK_TIME });
    write(writer, binary);
    writer.settle(true);
    expect(frames(bytesOf(writer.take()))).toHaveLength(5);
  });

  test.each([true, false])('may be a control message alone (headers: %s)', (headers) => {
    const early = earlyWriter();
    for (let i = 0; i < 5_000; i++) writeControl(early, 4711);
    early.settle(headers);
    const found = messages(bytesOf(early.take()), headers);
    expect(found).toHaveLength(5_000);
    expect(found.every(({ control, payload }) => control.length === CONTROL_BYTES && payload.length === 0)).toBe(true);
  });

  test('thousands of small messages, before and after', () => {
    for (const headers of [true, false]) {
      const writer = earlyWriter();
      for (let i = 0; i < 5_000; i++) write(writer, i);
      writer.settle(headers);
      for (let i = 5_000; i < 6_000; i++) write(writer, i);
      expect(read(writer.take(), headers)).toEqual(Array.from({ length: 6_000 }, (_, i) => i));
    }
  });

  test('is refused above the limit as ever', () => {
    const writer = earlyWriter({ maxFrameBytes: 100_000 });
    write(writer, 1);
    expect(() => write(writer, Buffer.alloc(200_000))).toThrow(expect.objectContaining({ code: 'message_too_large' }));
    write(writer, 2);
    writer.settle(false);
    expect(read(writer.take(), false)).toEqual([1, 2]);
  });
});
