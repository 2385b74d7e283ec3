import { expect, test } from 'vitest';
import { RepeatedControl } from '../../../lib/distribution/repeated-control.ts';
import { type Atom, atom } from '../../../lib/term/atom.ts';

const TO = atom('to');

/** A frame in the middle of other bytes. */
function frame(control: string, payload = 'payload'): [bytes: Buffer, start: number, end: number] {
  const bytes = Buffer.from(`..${control}${payload}..`);
  return [bytes, 2, bytes.length - 2];
}

function remember(repeated: RepeatedControl, control: string, to = TO): void {
  const [bytes, start] = frame(control);
  repeated.remember(bytes, start, start + control.length, to);
  // The buffer belongs to whoever reads next.
  bytes.fill(0);
}

test('knows what a frame begins with only when it is that, and all of it', () => {
  const repeated = new RepeatedControl();
  expect(repeated.begins(...frame('control'))).toBe(false);
  remember(repeated, 'control');
  expect([repeated.to, repeated.length]).toEqual([TO, 7]);
  expect(repeated.begins(...frame('control'))).toBe(true);
  expect(repeated.begins(...frame('control', ''))).toBe(true);
  expect(repeated.begins(...frame('contro', 'L'))).toBe(false);
  expect(repeated.begins(...frame('xontrol'))).toBe(false);
  const [bytes, start, end] = frame('contr', '');
  expect(repeated.begins(Buffer.concat([bytes.subarray(0, end), Buffer.from('ol')]), start, end)).toBe(false);
});

test('remembers another at once when one has been repeated, and rarely when none is', () => {
  const repeated = new RepeatedControl();
  let changes = 0;
  for (let i = 0; i < 1000; i++) {
    const before = repeated.to;
    remember(repeated, `control ${i}`, atom(String(i)));
    if (repeated.to !== before) changes++;
  }
  expect(changes).toBeGreaterThan(10);
  expect(changes).toBeLessThan(30);
  const { name } = repeated.to as Atom;
  expect(repeated.begins(...frame(`control ${name}`))).toBe(true);
  remember(repeated, 'another');
  expect(repeated.begins(...frame('another'))).toBe(true);
});

test('remembers nothing that is long', () => {
  const repeated = new RepeatedControl();
  remember(repeated, 'x'.repeat(2000));
  expect(repeated.length).toBe(0);
});
