/** Messages that come in fragments, and what a peer may do wrong with them. */
import { describe, expect, test } from 'vitest';
import { Assembly } from '../../../lib/distribution/assembly.ts';

const [FIRST, NEXT] = [69, 70];

function fragment(form: number, sequence: number, number: number | bigint, data: string | Buffer): Buffer {
  const header = Buffer.alloc(form === FIRST ? 19 : 18);
  header[0] = 131;
  header[1] = form;
  header.writeBigUInt64BE(BigInt(sequence), 2);
  header.writeBigUInt64BE(BigInt(number), 10);
  return Buffer.concat([header, Buffer.from(data)]);
}

function make(maxBytes = 1_000_000) {
  const messages: { text: string; kept: boolean }[] = [];
  let room = Number.POSITIVE_INFINITY;
  const assembly = new Assembly(maxBytes, (bytes, start, end, kept) => {
    if (room === 0) return false;
    room--;
    messages.push({ text: bytes.toString('latin1', start, end), kept });
    return true;
  });
  return {
    assembly,
    messages,
    texts: () => messages.map(({ text }) => text),
    add: (bytes: Buffer, kept = false) => {
      // In the middle of something else, which is used again at once.
      const slab = Buffer.concat([Buffer.from('...'), bytes, Buffer.from('...')]);
      const taken = assembly.frame(slab, 3, 3 + bytes.length, kept);
      if (!kept) slab.fill(0xee);
      return taken;
    },
    allow: (count: number) => {
      room = count;
    },
  };
}

function failure(work: () => unknown): { code: string; facts: unknown } {
  try {
    work();
  } catch (error) {
    return error as never;
  }
  throw new Error('it was taken');
}

describe('Assembly', () => {
  test('puts fragments together, of messages of any size', () => {
    const { add, texts, assembly } = make();
    const whole = Array.from({ length: 20 }, (_, i) => `${i}`.repeat(i * 100 + 1));
    for (const [i, text] of whole.entries()) {
      const size = Math.max(1, Math.ceil(text.length / (i + 1)));
      const parts = text.match(new RegExp(`.{1,${size}}`, 'g'))!;
      for (const [n, part] of parts.entries()) add(fragment(n === 0 ? FIRST : NEXT, 7, parts.length - n, part));
    }
    expect(texts()).toEqual(whole);
    expect(assembly.heldBytes).toBe(0);
  });

  test('of several messages in turn', () => {
    const { add, texts, assembly } = make();
    add(fragment(FIRST, 1, 3, 'a'));
    add(fragment(FIRST, 2, 2, 'x'));
    add(fragment(NEXT, 1, 2, 'b'));
    add(fragment(FIRST, 3, 1, 'alone'));
    add(fragment(NEXT, 2, 1, 'y'));
    expect(assembly.heldBytes).toBeGreaterThan(0);
    add(fragment(NEXT, 1, 1, 'c'));
    expect(texts()).toEqual(['alone', 'xy', 'abc']);
    expect(assembly.heldBytes).toBe(0);
  });

  test('says which bytes stay as they are', () => {
    const { add, messages } = make();
    add(fragment(FIRST, 1, 1, 'in a slab'), false);
    add(fragment(FIRST, 1, 1, 'in a buffer of its own'), true);
    add(fragment(FIRST, 1, 2, 'put '));
    add(fragment(NEXT, 1, 1, 'together'));
    expect(messages.map(({ kept }) => kept)).toEqual([false, true, true]);
  });

  test('offers a message that is not taken again, with the same fragment', () => {
    const { add, texts, allow, assembly } = make();
    allow(0);
    const last = fragment(NEXT, 1, 1, 'b');
    add(fragment(FIRST, 1, 2, 'a'));
    expect([add(last), add(last)]).toEqual([false, false]);
    allow(1);
    expect(add(last)).toBe(true);
    expect(texts()).toEqual(['ab']);
    expect(failure(() => add(last)).code).toBe('decode_invalid');
    expect(assembly.heldBytes).toBe(0);
  });

  test('a message may have as many bytes as the limit says, and no more', () => {
    const { add, texts } = make(1_003);
    const part = (count: number) => 'x'.repeat(count);
    add(fragment(FIRST, 1, 2, part(500)));
    add(fragment(NEXT, 1, 1, part(500)));
    expect(texts()).toEqual([part(1_000)]);
    add(fragment(FIRST, 2, 2, part(500)));
    const { code, facts } = failure(() => add(fragment(NEXT, 2, 1, part(501))));
    expect([code, facts]).toEqual(['frame_too_large', { bytes: 1_004, maxFrameBytes: 1_003 }]);
    expect(failure(() => add(fragment(FIRST, 3, 2, part(1_001)))).code).toBe('frame_too_large');
  });

  test('a peer that begins message after message and ends none is stopped', () => {
    const { add, assembly } = make(100_000);
    const bytes = Buffer.alloc(50_000);
    let begun = 0;
    const error = failure(() => {
      for (;;) add(fragment(FIRST, ++begun, 3, bytes));
    });
    expect(error.code).toBe('frame_too_large');
    expect([begun, assembly.heldBytes > 750_000]).toEqual([16, true]);
  });

  test('so is one that begins a great many small ones', () => {
    const { add } = make(100_000);
    let begun = 0;
    const before = process.memoryUsage().arrayBuffers;
    const error = failure(() => {
      for (;;) add(fragment(FIRST, ++begun, 2n ** 60n, 'x'));
    });
    expect(error.code).toBe('frame_too_large');
    expect(begun).toBeLessThan(1_000);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4_000_000);
  });

  test.each([
    ['continues what has not begun', [fragment(NEXT, 1, 1, 'b')]],
    ['begins what has begun', [fragment(FIRST, 1, 2, 'a'), fragment(FIRST, 1, 2, 'a')]],
    ['comes out of order', [fragment(FIRST, 1, 3, 'a'), fragment(NEXT, 1, 1, 'b')]],
    ['comes twice', [fragment(FIRST, 1, 3, 'a'), fragment(NEXT, 1, 2, 'b'), fragment(NEXT, 1, 2, 'b')]],
    ['has the number of the first', [fragment(FIRST, 1, 3, 'a'), fragment(NEXT, 1, 3, 'b')]],
    ['has the number 0', [fragment(FIRST, 1, 0, 'a')]],
    ['is too short', [fragment(FIRST, 1, 2, '').subarray(0, 18)]],
    ['that continues is too short', [fragment(NEXT, 1, 2, '').subarray(0, 17)]],
    ['refers to an atom cache', [Buffer.from(fragment(FIRST, 1, 2, 'a')).fill(1, 18, 19)]],
  ])('a fragment that %s is invalid', (_what, fragments) => {
    const { add } = make();
    const bad = fragments.pop()!;
    for (const each of fragments) add(each);
    expect(failure(() => add(bad)).code).toBe('decode_invalid');
  });

  test('fragments without data are taken', () => {
    const { add, texts } = make();
    add(fragment(FIRST, 1, 3, 'a'));
    add(fragment(NEXT, 1, 2, ''));
    add(fragment(NEXT, 1, 1, 'b'));
    expect(texts()).toEqual(['ab']);
  });

  test('fragments may be larger than Erlang makes them', () => {
    const { add, texts } = make();
    const parts = Array.from({ length: 9 }, (_, i) => `${i}`.repeat(100_000));
    for (const [i, part] of parts.entries()) add(fragment(i === 0 ? FIRST : NEXT, 1, 9 - i, part));
    expect(texts()[0] === parts.join('')).toBe(true);
  });

  test('a message of the size of the one before gets exactly the room that it needs', () => {
    const sizes: number[] = [];
    const assembly = new Assembly(10_000_000, (bytes) => sizes.push(bytes.length) > 0);
    const add = (bytes: Buffer) => assembly.frame(bytes, 0, bytes.length, false);
    for (let i = 0; i < 3; i++) {
      add(fragment(FIRST, i, 2, Buffer.alloc(65_536)));
      add(fragment(NEXT, i, 1, Buffer.alloc(70)));
    }
    expect(sizes).toEqual([131_072, 65_606, 65_606]);
  });
});
