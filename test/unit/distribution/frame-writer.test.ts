import { describe, expect, test } from 'vitest';
import { FrameReader } from '../../../lib/distribution/frame-reader.ts';
import { type Chunk, FrameWriter } from '../../../lib/distribution/frame-writer.ts';
import { decode } from '../../../lib/term/decoder.ts';
import type { EncodableTerm, Term } from '../../../lib/term/term.ts';

function write(writer: FrameWriter, term: EncodableTerm): number {
  writer.begin();
  writer.writeVersion();
  writer.writeTerm(term);
  return writer.finish();
}

function read(chunks: Chunk[]): Term[] {
  const terms: Term[] = [];
  const reader = new FrameReader(1 << 30, (bytes, start, end) => {
    expect(bytes[start]).toBe(112);
    terms.push(decode(bytes.subarray(start + 1, end)));
    return true;
  });
  for (const { bytes, end } of chunks) reader.push(bytes, end);
  expect(reader.heldBytes).toBe(0);
  return terms;
}

describe('FrameWriter', () => {
  test('writes frames that a reader cuts again, over any number of slabs', () => {
    const writer = new FrameWriter();
    const terms = Array.from({ length: 20_000 }, (_, i) => [i, 'x'.repeat(i % 50)]);
    let bytes = 0;
    for (const term of terms) bytes += write(writer, term);
    expect(writer.pendingBytes).toBe(bytes);
    expect(writer.frames).toBe(20_000);
    expect(writer.slabIsFull).toBe(true);
    const chunks = writer.take();
    expect(chunks.length).toBeGreaterThan(5);
    for (const { bytes: slab, end } of chunks) expect(end).toBeLessThanOrEqual(slab.length);
    expect(read(chunks).map((term) => (term as [number])[0])).toEqual(terms.map(([i]) => i));
    expect(writer.pendingBytes).toBe(0);
  });

  test('gives a frame that is larger than a slab one of its own', () => {
    const writer = new FrameWriter();
    write(writer, 'before');
    write(writer, Buffer.alloc(1_000_000, 7));
    write(writer, 'after');
    expect(read(writer.take()).map((term) => (term as Buffer).length)).toEqual([6, 1_000_000, 5]);
  });

  test('a term of many small parts that crosses slabs arrives whole', () => {
    const writer = new FrameWriter();
    const list = Array.from({ length: 100_000 }, (_, i) => i + 1000);
    write(writer, 'before');
    write(writer, list);
    const [, decoded] = read(writer.take());
    expect(decoded).toEqual(list);
  });

  test('a frame that was not ended leaves no trace', () => {
    const writer = new FrameWriter();
    write(writer, 'kept');
    writer.begin();
    writer.writeVersion();
    expect(() => writer.writeTerm([Buffer.alloc(200_000), Symbol('bad')] as never)).toThrow();
    write(writer, 'next');
    expect(read(writer.take()).map(String)).toEqual(['kept', 'next']);
  });

  test('can be used again after its frames were taken', () => {
    const writer = new FrameWriter();
    for (let round = 0; round < 3; round++) {
      write(writer, round);
      expect(read(writer.take())).toEqual([round]);
      expect(writer.take()).toEqual([]);
    }
  });

  test('repeats what an earlier frame began with', () => {
    const writer = new FrameWriter();
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
});
