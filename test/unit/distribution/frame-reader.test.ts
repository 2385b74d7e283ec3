import { describe, expect, test } from 'vitest';
import { FrameReader } from '../../../lib/distribution/frame-reader.ts';
import { isHiddenNodeError } from '../../../lib/errors.ts';

function frame(body: Buffer | string): Buffer {
  const bytes = Buffer.from(body);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function collector(limit = 1 << 20): { frames: string[]; reader: FrameReader } {
  const frames: string[] = [];
  const reader = new FrameReader(limit, {
    frame: (bytes, start, end) => {
      frames.push(bytes.toString('latin1', start, end));
      return true;
    },
  });
  return { frames, reader };
}

const STREAM = Buffer.concat([frame('one'), frame(''), frame('three'), frame('x'.repeat(70_000)), frame('last')]);
const EXPECTED = ['one', '', 'three', 'x'.repeat(70_000), 'last'];

describe('FrameReader', () => {
  test('cuts frames that come all at once', () => {
    const { frames, reader } = collector();
    reader.push(STREAM, STREAM.length);
    expect(frames).toEqual(EXPECTED);
    expect(reader.heldBytes).toBe(0);
  });

  test.each([1, 2, 3, 4, 5, 7, 1460, 65_536])(
    'cuts frames that come in pieces of %i bytes from a reused slab',
    (size) => {
      const { frames, reader } = collector();
      const slab = Buffer.alloc(size);
      for (let at = 0; at < STREAM.length; at += size) {
        const count = STREAM.copy(slab, 0, at, at + size);
        reader.push(slab, count);
        slab.fill(0xee);
      }
      expect(frames).toEqual(EXPECTED);
    },
  );

  test('cuts a frame that is split at any place', () => {
    const stream = Buffer.concat([frame('abc'), frame('defgh')]);
    for (let at = 0; at <= stream.length; at++) {
      const { frames, reader } = collector();
      reader.push(stream.subarray(0, at), at);
      reader.push(stream.subarray(at), stream.length - at);
      expect(frames, `split at ${at}`).toEqual(['abc', 'defgh']);
    }
  });

  test('refuses a frame above the limit as soon as its length is there', () => {
    const { frames, reader } = collector(100);
    const stream = frame('x'.repeat(101));
    expect(() => reader.push(stream, 4)).toThrowError(expect.objectContaining({ code: 'frame_too_large' }));
    expect(frames).toEqual([]);
  });

  test('refuses it also when the length comes in two pieces', () => {
    const { reader } = collector(100);
    reader.push(Buffer.from([0x7f, 0xff]), 2);
    let error: unknown;
    try {
      reader.push(Buffer.from([0xff, 0xff]), 2);
    } catch (thrown) {
      error = thrown;
    }
    expect(isHiddenNodeError(error, 'frame_too_large') && error.facts).toEqual({
      bytes: 0x7fffffff,
      maxFrameBytes: 100,
    });
  });

  test('holds no more memory than has come, whatever length is claimed', () => {
    const { reader } = collector(2 ** 31);
    const before = process.memoryUsage().arrayBuffers;
    reader.push(Buffer.from([0x7f, 0xff, 0xff, 0xff, 1, 2, 3]), 7);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20);
    expect(reader.heldBytes).toBe(7);
  });

  test('stops when the handler says so', () => {
    let count = 0;
    const reader = new FrameReader(100, { frame: () => ++count < 2 });
    const stream = Buffer.concat([frame('a'), frame('b'), frame('c')]);
    reader.push(stream, stream.length);
    expect(count).toBe(2);
  });
});

describe('a frame that is not taken', () => {
  /** A reader whose handler takes so many frames until it is given more room. */
  function limited(): { frames: string[]; offered: () => number; reader: FrameReader; allow(count: number): void } {
    const frames: string[] = [];
    let room = 0;
    let offered = 0;
    const reader = new FrameReader(1 << 20, {
      frame: (bytes, start, end) => {
        offered++;
        if (room === 0) return false;
        room--;
        frames.push(bytes.toString('latin1', start, end));
        return true;
      },
    });
    return {
      frames,
      reader,
      offered: () => offered,
      allow: (count) => {
        room = count;
      },
    };
  }

  test.each([1, 3, 5, 1460, 65_536, 200_000])(
    'comes again, and all behind it in order, in pieces of %i bytes',
    (size) => {
      const { frames, reader, allow } = limited();
      const slab = Buffer.alloc(size);
      for (let at = 0; at < STREAM.length; at += size) {
        const count = STREAM.copy(slab, 0, at, at + size);
        reader.push(slab, count);
        slab.fill(0xee);
      }
      expect(frames).toEqual([]);
      allow(1);
      expect(reader.resume()).toBe(false);
      expect(frames).toEqual(EXPECTED.slice(0, 1));
      expect(reader.resume()).toBe(false);
      allow(2);
      expect(reader.resume()).toBe(false);
      expect(frames).toEqual(EXPECTED.slice(0, 3));
      allow(10);
      expect(reader.resume()).toBe(true);
      expect(frames).toEqual(EXPECTED);
      reader.push(frame('after'), 9);
      expect(frames).toEqual([...EXPECTED, 'after']);
    },
  );

  test('is kept when it came in two pieces', () => {
    const { frames, reader, allow } = limited();
    const stream = Buffer.concat([frame('abcdef'), frame('ghi'), frame('jklm')]);
    allow(1);
    for (const [from, to] of [
      [0, 12],
      [12, 20],
      [20, stream.length],
    ] as const) {
      reader.push(Buffer.from(stream.subarray(from, to)), to - from);
    }
    expect(frames).toEqual(['abcdef']);
    allow(2);
    expect(reader.resume()).toBe(true);
    expect(frames).toEqual(['abcdef', 'ghi', 'jklm']);
  });

  test('is offered once each time, and nothing behind it', () => {
    const { offered, reader } = limited();
    reader.push(STREAM, STREAM.length);
    expect(offered()).toBe(1);
    reader.resume();
    expect(offered()).toBe(2);
  });
});
