import { describe, expect, test } from 'vitest';
import { bufferClass } from '../../../lib/term/fast-buffer.ts';

const species = (Buffer as unknown as { [Symbol.species]: unknown })[Symbol.species];

describe.each([
  ['the class that Node.js shows', species],
  ['what takes its place when there is none', undefined],
  ['what takes its place when it is another', Uint8Array],
])('%s', (_, candidate) => {
  const Made = bufferClass(candidate);

  test('makes Buffers of zeroes', () => {
    const made = new Made(11);
    expect(Object.getPrototypeOf(made)).toBe(Buffer.prototype);
    expect(made).toEqual(Buffer.alloc(11));
  });

  test('makes views', () => {
    const memory = new ArrayBuffer(16);
    const made = new Made(memory, 8, 5);
    made.fill(7);
    expect(Object.getPrototypeOf(made)).toBe(Buffer.prototype);
    expect([made.byteOffset, made.length, made.buffer === memory]).toEqual([8, 5, true]);
    expect(new Uint8Array(memory)).toEqual(new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, 7, 7, 7, 7, 7, 0, 0, 0]));
  });
});

test('the class in use is that of Node.js', () => {
  expect(bufferClass(species)).toBe(species);
});
