import { describe, expect, test } from 'vitest';
import type { Chunk } from '../../../lib/carrier/chunk.ts';
import { FrameReader } from '../../../lib/distribution/frame-reader.ts';
import { FrameWriter } from '../../../lib/distribution/frame-writer.ts';
import { isHiddenNodeError } from '../../../lib/errors.ts';
import { atom, decode, type EncodableTerm, encode, FunctionTerm, type Term } from '../../../lib/index.ts';
import { Pid } from '../../../lib/term/pid.ts';

const ZERO_COPY = 65_536;

function writerOf({ zeroCopyBytes = ZERO_COPY, maxFrameBytes = Number.POSITIVE_INFINITY } = {}): FrameWriter {
  return new FrameWriter({ zeroCopyBytes, maxFrameBytes });
}

function write(writer: FrameWriter, term: EncodableTerm): number {
  writer.begin();
  writer.writeVersion();
  writer.writeTerm(term);
  return writer.finish();
}

function bytesOf(chunks: Chunk[]): Buffer {
  return Buffer.concat(chunks.map(({ bytes, start, end }) => bytes.subarray(start, end)));
}

function read(chunks: Chunk[]): Term[] {
  const terms: Term[] = [];
  const reader = new FrameReader(1 << 30, (bytes, start, end) => {
    expect(bytes[start]).toBe(112);
    terms.push(decode(bytes.subarray(start + 1, end)));
    return true;
  });
  const bytes = bytesOf(chunks);
  reader.push(bytes, bytes.length);
  expect(reader.heldBytes).toBe(0);
  return terms;
}

/** The same terms; the comparison of `expect` takes seconds for large ones. */
function expectTerms(chunks: Chunk[], terms: EncodableTerm[]): void {
  expect(read(chunks).map((term) => encode(term as EncodableTerm).equals(encode(terms.shift()!)))).not.toContain(false);
  expect(terms).toEqual([]);
}

/** How many of the chunks are the array itself. */
function uncopied(chunks: Chunk[], array: Uint8Array): number {
  return chunks.filter(({ bytes }) => bytes === array).length;
}

describe('FrameWriter', () => {
  test('writes frames that a reader cuts again, over any number of slabs', () => {
    const writer = writerOf();
    const terms = Array.from({ length: 20_000 }, (_, i) => [i, 'x'.repeat(i % 50)]);
    let bytes = 0;
    for (const term of terms) bytes += write(writer, term);
    expect(writer.pendingBytes).toBe(bytes);
    expect(writer.frames).toBe(20_000);
    expect(writer.full).toBe(true);
    const chunks = writer.take();
    expect(chunks.length).toBeGreaterThan(5);
    for (const { bytes: slab, end } of chunks) expect(end).toBeLessThanOrEqual(slab.length);
    expect(read(chunks).map((term) => (term as [number])[0])).toEqual(terms.map(([i]) => i));
    expect(writer.pendingBytes).toBe(0);
  });

  test.each([30_000, 100_000, 3_000_000])('a term of %i small parts that crosses slabs arrives whole', (count) => {
    const writer = writerOf();
    const list = Array.from({ length: count }, (_, i) => i + 1000);
    const bytes = write(writer, 'before') + write(writer, list) + write(writer, 'after');
    expect(writer.pendingBytes).toBe(bytes);
    const [before, decoded, after] = read(writer.take());
    expect([String(before), String(after)]).toEqual(['before', 'after']);
    expect(encode(decoded as EncodableTerm).equals(encode(list))).toBe(true);
  });

  test('a frame that was not ended leaves no trace', () => {
    const writer = writerOf();
    write(writer, 'kept');
    writer.begin();
    writer.writeVersion();
    expect(() => writer.writeTerm([Buffer.alloc(60_000), Symbol('bad')] as never)).toThrow();
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

  test('repeats what an earlier frame began with', () => {
    const writer = writerOf();
    writer.begin();
    writer.writeVersion();
    writer.writeTerm('header');
    const header = writer.written();
    writer.finish();
    writer.begin();
    writer.repeat(header);
    writer.finish();
    expect(read(writer.take()).map(String)).toEqual(['header', 'header']);
  });

  test('what a frame begins with can be repeated wherever in a slab it stands', () => {
    const writer = writerOf();
    const header = 'h'.repeat(2_000);
    for (let at = 60_000; at < 65_530; at += 97) {
      write(writer, 'x'.repeat(at));
      writer.begin();
      writer.writeVersion();
      writer.writeTerm(header);
      expect(String(decode(writer.written()))).toBe(header);
      writer.finish();
      expect(read(writer.take())).toHaveLength(2);
    }
  });
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
    const large = Buffer.alloc(1_000_000, 1);
    write(writer, large);
    const chunks = writer.take();
    expect(uncopied(chunks, large)).toBe(0);
    expectTerms(chunks, [large]);
  });

  test('stands where it belongs, beside others, between small messages, and twice', () => {
    const writer = writerOf();
    const [a, b] = [Buffer.alloc(100_000, 1), new Uint8Array(70_000).fill(2)];
    const terms: EncodableTerm[] = ['before', [a, 'between', b], a, [[[b]], { key: a }], 'after', [a, a]];
    let bytes = 0;
    for (const term of terms) bytes += write(writer, term);
    expect([writer.frames, writer.pendingBytes]).toEqual([terms.length, bytes]);
    const chunks = writer.take();
    expect([uncopied(chunks, a), uncopied(chunks, b as never)]).toEqual([5, 2]);
    expect(bytesOf(chunks)).toHaveLength(bytes);
    expectTerms(chunks, terms);
  });

  test('leaves the slab where it is used on', () => {
    const writer = writerOf();
    const large = Buffer.alloc(100_000, 1);
    for (let i = 0; i < 5; i++) write(writer, [i, large, i]);
    const chunks = writer.take();
    const slabs = new Set(chunks.map(({ bytes }) => bytes).filter((bytes) => bytes !== large));
    expect(slabs.size).toBe(1);
    expect(read(chunks)).toHaveLength(5);
  });

  test('in a frame that was not ended leaves no trace, wherever it ended', () => {
    const writer = writerOf();
    const large = Buffer.alloc(200_000, 1);
    const numbers = Array.from({ length: 20_000 }, (_, i) => 1000 + i);
    const bad: unknown[][] = [
      [large, Symbol('bad')],
      [large, large, Symbol('bad')],
      [numbers, Symbol('bad')],
      [large, numbers, Symbol('bad')],
      [numbers, large, numbers, large, Symbol('bad')],
    ];
    for (const [i, term] of bad.entries()) {
      const pending = writer.pendingBytes;
      writer.begin();
      writer.writeVersion();
      expect(() => writer.writeTerm(term as never)).toThrow();
      expect(writer.pendingBytes).toBe(pending);
      write(writer, [i, large]);
    }
    const chunks = writer.take();
    expect(uncopied(chunks, large)).toBe(bad.length);
    expect(read(chunks).map((term) => (term as [number])[0])).toEqual([0, 1, 2, 3, 4]);
  });

  test('of a frame that was not ended is not given away', () => {
    const writer = writerOf();
    const large = Buffer.alloc(200_000, 1);
    write(writer, 'kept');
    writer.begin();
    writer.writeVersion();
    writer.writeTerm(large);
    expect(read(writer.take()).map(String)).toEqual(['kept']);
    write(writer, 'next');
    expect(read(writer.take()).map(String)).toEqual(['next']);
  });

  test('is copied where a size has to be filled in behind it', () => {
    const writer = writerOf();
    const large = Buffer.alloc(200_000, 1);
    const numbers = Array.from({ length: 50_000 }, (_, i) => 1000 + i);
    const pid = new Pid(atom('a@b'), 1, 2, 3);
    const uniq = Buffer.alloc(16);
    const fun = { module: atom('m'), arity: 0, index: 1, uniq, oldIndex: 2, oldUniq: 3, pid };
    const term = [large, new FunctionTerm({ ...fun, free: [large, numbers, large] }), large];
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

  test.each([10, 1_000, 65_536, 100_000, 5_000_000])('of %i bytes is taken at the limit, and not above', (size) => {
    const binary = Buffer.alloc(size - 7, 1);
    const list = Array.from({ length: Math.floor(size / 6) }, (_, i) => 1000 + i);
    for (const term of [binary, list]) {
      const bytes = 1 + encode(term).length;
      const exact = writerOf({ maxFrameBytes: bytes });
      write(exact, term);
      expect(read(exact.take())).toHaveLength(1);
      const facts = refused(writerOf({ maxFrameBytes: bytes - 1 }), term);
      expect(facts.maxFrameBytes).toBe(bytes - 1);
      expect(facts.bytes).toBeGreaterThanOrEqual(bytes);
    }
  });

  test('is never above what its four bytes can say', () => {
    const writer = writerOf();
    const large = Buffer.allocUnsafeSlow(2 ** 31);
    expect(refused(writer, [large, large])).toMatchObject({ bytes: expect.closeTo(2 ** 32, -2) });
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
    refused(
      writer,
      Array.from({ length: 40_000 }, (_, i) => 1000 + i),
    );
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
    const released = chunks.filter((chunk) => chunk.released !== undefined);
    const slabs = new Set(chunks.map(({ bytes }) => bytes).filter((bytes) => bytes !== large && bytes.length > 0));
    expect(released.filter(({ bytes }) => bytes.length > 0).map(({ bytes }) => bytes)).toEqual([...slabs]);
    for (const { bytes, released } of chunks) released?.(bytes);
    expect(order).toEqual([1, 2]);
    expect(read(chunks)).toHaveLength(5_003);
  });

  test('a mark on a writer with nothing to write is given away alone', () => {
    const writer = writerOf();
    let released = 0;
    writer.mark(() => released++);
    const chunks = writer.take();
    expect(chunks.map(({ start, end }) => end - start)).toEqual([0]);
    chunks[0]!.released!(chunks[0]!.bytes);
    expect(released).toBe(1);
  });
});
