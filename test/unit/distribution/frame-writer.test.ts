import { describe, expect, test } from 'vitest';
import type { FrameWriter } from '../../../lib/distribution/frame-writer.ts';
import { isHiddenNodeError } from '../../../lib/errors.ts';
import { atom, type EncodableTerm, encode, FunctionTerm } from '../../../lib/index.ts';
import { Pid } from '../../../lib/term/pid.ts';
import { bytesOf, CONTROL, expectTerms, read, release, uncopied, write, writerOf, ZERO_COPY } from './frames.ts';

/** Begins a message and does not end it. */
function begin(writer: FrameWriter, term: unknown): void {
  writer.begin();
  writer.writeTerm(CONTROL);
  writer.beginPayload();
  writer.writeTerm(term as EncodableTerm);
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1000);

describe('FrameWriter', () => {
  test('writes frames that a reader cuts again, over any number of slabs', () => {
    const writer = writerOf();
    const terms = Array.from({ length: 20_000 }, (_, i) => [i, 'x'.repeat(i % 50)]);
    for (const term of terms) write(writer, term);
    const { pendingBytes } = writer;
    expect(writer.frames).toBe(20_000);
    expect(writer.full).toBe(true);
    const chunks = writer.take();
    expect(bytesOf(chunks)).toHaveLength(pendingBytes);
    expect(chunks.length).toBeGreaterThan(5);
    for (const { bytes: slab, end } of chunks) expect(end).toBeLessThanOrEqual(slab.length);
    expect(read(chunks).map((term) => (term as [number])[0])).toEqual(terms.map(([i]) => i));
    expect([writer.pendingBytes, writer.frames]).toEqual([0, 0]);
  });

  test.each([
    [30_000, true],
    [100_000, false],
    [3_000_000, true],
  ])('a term of %i small parts that crosses slabs arrives whole', (count, headers) => {
    const writer = writerOf({}, headers);
    const terms = ['before', numbers(count), 'after'];
    for (const term of terms) write(writer, term);
    expectTerms(writer.take(), terms, headers);
  });

  test('a frame that was not ended leaves no trace', () => {
    const writer = writerOf();
    write(writer, 'kept');
    expect(() => begin(writer, [Buffer.alloc(60_000), Symbol('bad')])).toThrow();
    write(writer, 'next');
    expect(read(writer.take()).map(String)).toEqual(['kept', 'next']);
  });

  test('can be used again after its frames were taken', () => {
    const writer = writerOf();
    for (let round = 0; round < 3; round++) {
      write(writer, round);
      expect(read(writer.take())).toEqual([round]);
      expect(writer.take()).toEqual([]);
    }
  });

  test.each([true, false])(
    'repeats what a frame begins with, wherever in a slab it stands (headers: %s)',
    (headers) => {
      const writer = writerOf({}, headers);
      const text = 'h'.repeat(2_000);
      const header = encode(text).subarray(1);
      for (let at = 60_000; at < 65_530; at += 97) {
        write(writer, 'x'.repeat(at));
        writer.begin();
        writer.writeTerm(text);
        const written = writer.written();
        expect(written.equals(header)).toBe(true);
        writer.finish();
        const once = bytesOf(writer.take());
        writer.begin();
        writer.repeat(written);
        writer.finish();
        expect(once.subarray(-written.length).equals(bytesOf(writer.take()).subarray(-written.length))).toBe(true);
      }
    },
  );
});

describe('a large binary', () => {
  test('is not copied, from the number of bytes on that was given', () => {
    const writer = writerOf();
    const [large, small] = [Buffer.alloc(ZERO_COPY, 1), Buffer.alloc(ZERO_COPY - 1, 2)];
    write(writer, [small, large]);
    const chunks = writer.take();
    expect([uncopied(chunks, small), uncopied(chunks, large)]).toEqual([0, 1]);
    expectTerms(chunks, [[small, large]]);
  });

  test('is copied when all are to be', () => {
    const writer = writerOf({ zeroCopyBytes: Number.POSITIVE_INFINITY });
    const large = Buffer.alloc(500_000, 1);
    write(writer, large);
    const chunks = writer.take();
    expect(uncopied(chunks, large)).toBe(0);
    expectTerms(chunks, [large]);
  });

  test.each([true, false])(
    'stands where it belongs, beside others, between small messages, and twice (headers: %s)',
    (headers) => {
      const writer = writerOf({}, headers);
      const [a, b] = [Buffer.alloc(100_000, 1), new Uint8Array(70_000).fill(2)];
      const terms: EncodableTerm[] = ['before', [a, 'between', b], a, [[[b]], { key: a }], 'after', [a, a]];
      for (const term of terms) write(writer, term);
      expect(writer.frames).toBe(terms.length);
      const { pendingBytes } = writer;
      const chunks = writer.take();
      expect([uncopied(chunks, a), uncopied(chunks, b)]).toEqual([5, 2]);
      expect(bytesOf(chunks)).toHaveLength(pendingBytes);
      expectTerms(chunks, terms, headers);
    },
  );

  test('leaves the slab where it is used on', () => {
    const writer = writerOf();
    const large = Buffer.alloc(100_000, 1);
    for (let i = 0; i < 5; i++) write(writer, [i, large, i]);
    const chunks = writer.take();
    expect(new Set(chunks.map(({ bytes }) => bytes).filter((bytes) => bytes !== large)).size).toBe(1);
    expect(read(chunks)).toHaveLength(5);
  });

  test('in a frame that was not ended leaves no trace, wherever that ended', () => {
    const writer = writerOf();
    const large = Buffer.alloc(200_000, 1);
    const many = numbers(20_000);
    const bad = Symbol('bad');
    const terms = [
      [large, bad],
      [large, large, bad],
      [many, bad],
      [large, many, bad],
      [many, large, many, large, bad],
    ];
    for (const [i, term] of terms.entries()) {
      const pending = writer.pendingBytes;
      expect(() => begin(writer, term)).toThrow();
      expect(writer.pendingBytes).toBe(pending);
      write(writer, [i, large]);
    }
    const chunks = writer.take();
    expect(uncopied(chunks, large)).toBe(terms.length);
    expect(read(chunks).map((term) => (term as [number])[0])).toEqual([0, 1, 2, 3, 4]);
  });

  test('of a frame that was not ended is not given away', () => {
    const writer = writerOf();
    write(writer, 'kept');
    begin(writer, Buffer.alloc(200_000, 1));
    expect(read(writer.take()).map(String)).toEqual(['kept']);
    write(writer, 'next');
    expect(read(writer.take()).map(String)).toEqual(['next']);
  });

  test('is copied where a size has to be filled in behind it', () => {
    const writer = writerOf();
    const large = Buffer.alloc(100_000, 1);
    const identity = { module: atom('m'), arity: 0, index: 1, uniq: Buffer.alloc(16), oldIndex: 2, oldUniq: 3 };
    const free = [large, numbers(50_000), large];
    const term = [large, new FunctionTerm({ ...identity, pid: new Pid(atom('a@b'), 1, 2, 3), free }), large];
    write(writer, 'before');
    write(writer, term);
    const chunks = writer.take();
    expect(uncopied(chunks, large)).toBe(2);
    expectTerms(chunks, ['before', term]);
  });
});

describe('the length of a message', () => {
  function refused(writer: FrameWriter, term: EncodableTerm): { bytes: number; maxFrameBytes: number } {
    try {
      write(writer, term);
    } catch (error) {
      if (isHiddenNodeError(error, 'message_too_large')) return error.facts as never;
      throw error;
    }
    throw new Error('it was taken');
  }

  /** What surrounds the payload in its frame: the header or the version bytes, and the control message. */
  const AROUND = 3 + 5;

  test.each([10, 1_000, 65_536, 100_000, 5_000_000])('of %i bytes is taken at the limit, and not above', (size) => {
    for (const term of [Buffer.alloc(size, 1), numbers(Math.ceil(size / 5))]) {
      const bytes = AROUND + encode(term).length - 1;
      for (const headers of [true, false]) {
        const exact = writerOf({ maxFrameBytes: bytes }, headers);
        write(exact, term);
        expect(read(exact.take(), headers)).toHaveLength(1);
        const facts = refused(writerOf({ maxFrameBytes: bytes - 1 }, headers), term);
        expect(facts.maxFrameBytes).toBe(bytes - 1);
        expect(facts.bytes).toBeGreaterThanOrEqual(bytes);
      }
    }
  });

  test('is never above what four bytes can say', () => {
    const writer = writerOf();
    const large = Buffer.allocUnsafeSlow(2 ** 31);
    expect(refused(writer, [large, large]).maxFrameBytes).toBe(2 ** 32 - 1);
    write(writer, 'small');
    expect(read(writer.take()).map(String)).toEqual(['small']);
  });

  test('is refused before all of it was encoded', () => {
    const writer = writerOf({ maxFrameBytes: 200_000 });
    let asked = 0;
    const term = Array.from({ length: 10_000 }, () => ({
      get text() {
        asked++;
        return 'x'.repeat(1000);
      },
    }));
    refused(writer, term);
    expect(asked).toBeLessThan(400);
  });

  test('when refused, what was accepted before goes out, and what comes behind', () => {
    const writer = writerOf({ maxFrameBytes: 150_000 });
    write(writer, 1);
    refused(writer, Buffer.alloc(150_000));
    write(writer, [2, Buffer.alloc(100_000)]);
    refused(writer, [Buffer.alloc(100_000), Buffer.alloc(100_000)]);
    write(writer, 3);
    refused(writer, numbers(40_000));
    write(writer, 4);
    expect(read(writer.take()).map((term) => (Array.isArray(term) ? term[0] : term))).toEqual([1, 2, 3, 4]);
  });
});

describe('slabs', () => {
  test('and marks are released once each, when all before them is', () => {
    const writer = writerOf();
    const large = Buffer.alloc(100_000, 1);
    const order: number[] = [];
    write(writer, 1);
    writer.mark(() => order.push(1));
    for (let i = 0; i < 5_000; i++) write(writer, [i, 'some text']);
    write(writer, large);
    writer.mark(() => order.push(2));
    write(writer, 3);
    const chunks = writer.take();
    expect(read(chunks)).toHaveLength(5_003);
    const slabs = new Set(chunks.map(({ bytes }) => bytes).filter((bytes) => bytes !== large && bytes.length > 0));
    const released = chunks.filter((chunk) => chunk.released !== undefined && chunk.bytes.length > 0);
    expect(slabs.size).toBeGreaterThan(1);
    expect(released).toHaveLength(slabs.size);
    for (const { bytes } of released) expect(slabs.delete(bytes)).toBe(true);
    release(chunks);
    expect(order).toEqual([1, 2]);
  });

  test('a mark on a writer with nothing to write is given away alone', () => {
    const writer = writerOf();
    let released = 0;
    writer.mark(() => released++);
    const chunks = writer.take();
    expect(chunks.map(({ start, end }) => end - start)).toEqual([0]);
    release(chunks);
    expect(released).toBe(1);
  });
});
