/** Writes frames as the outbox does, and reads them as a link does. */
import { expect } from 'vitest';
import { type Chunk, chunkOf } from '../../../lib/carrier/chunk.ts';
import { FrameReader } from '../../../lib/distribution/frame-reader.ts';
import { FrameWriter } from '../../../lib/distribution/frame-writer.ts';
import { messageReader } from '../../../lib/distribution/message-reader.ts';
import { decode, type EncodableTerm, encode, type Term } from '../../../lib/index.ts';

export const ZERO_COPY = 65_536;

export interface Settings {
  zeroCopyBytes?: number;
  maxFrameBytes?: number;
  netTickTime?: number;
}

/** A writer for a peer of which nothing is known. */
export function earlyWriter(settings: Settings = {}): FrameWriter {
  const { zeroCopyBytes = ZERO_COPY, maxFrameBytes = Number.POSITIVE_INFINITY, netTickTime = 60_000 } = settings;
  return new FrameWriter({ zeroCopyBytes, maxFrameBytes, netTickTime });
}

/** @param headers - whether the peer reads frames with a header */
export function writerOf(settings: Settings = {}, headers = true): FrameWriter {
  const writer = earlyWriter(settings);
  writer.settle(headers);
  return writer;
}

/** Writes a control message without a payload. */
export function writeControl(writer: FrameWriter, control: EncodableTerm): void {
  writer.begin();
  writer.writeTerm(control);
  writer.finish();
}

/** Writes a message: a control message, and the term as its payload. */
export function write(writer: FrameWriter, term: EncodableTerm): void {
  writer.begin();
  writer.writeTerm(CONTROL);
  writer.beginPayload();
  writer.writeTerm(term);
  writer.finish();
}

export const CONTROL = 4711;
export const CONTROL_BYTES = 5;

export function bytesOf(chunks: readonly Chunk[]): Buffer {
  return Buffer.concat(chunks.map(({ bytes, start, end }) => bytes.subarray(start, end)));
}

/** The messages in a stream: control message and payload, without version bytes. */
export function messages(stream: Buffer, headers: boolean): { control: Buffer; payload: Buffer }[] {
  const found: { control: Buffer; payload: Buffer }[] = [];
  const message = (bytes: Buffer, start: number, end: number): boolean => {
    const copy = Buffer.from(bytes.subarray(start, end));
    const [control, payload] = [copy.subarray(0, CONTROL_BYTES), copy.subarray(CONTROL_BYTES)];
    if (!headers && payload.length > 0) expect(payload[0]).toBe(131);
    found.push({ control, payload: headers ? payload : payload.subarray(1) });
    return true;
  };
  const reader = new FrameReader(2 ** 32, messageReader(headers, 2 ** 32, { message, tick: () => undefined }));
  reader.push(stream, stream.length);
  expect(reader.heldBytes).toBe(0);
  return found;
}

/** The payloads of what was written, in order. */
export function read(chunks: readonly Chunk[], headers = true): Term[] {
  return messages(bytesOf(chunks), headers).map(({ control, payload }) => {
    expect(control.equals(encode(CONTROL).subarray(1))).toBe(true);
    return decode(Buffer.concat([Buffer.from([131]), payload]));
  });
}

/** That these were written; the comparison of `expect` would take seconds for large ones. */
export function expectTerms(chunks: readonly Chunk[], terms: readonly EncodableTerm[], headers = true): void {
  const found = read(chunks, headers);
  expect(found.map((term, i) => encode(term as EncodableTerm).equals(encode(terms[i])))).toEqual(terms.map(() => true));
}

/** How many of the chunks are this array itself. */
export function uncopied(chunks: readonly Chunk[], array: Uint8Array): number {
  return chunks.filter(({ bytes }) => bytes === array).length;
}

export function release(chunks: readonly Chunk[]): void {
  for (const { bytes, released } of chunks) released?.(bytes);
}

export { chunkOf };
