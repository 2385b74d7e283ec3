/** A range of bytes that is to be sent, `bytes[start .. end)`. */
export interface Chunk {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Called once, with `bytes`, when nobody reads them any more: they are with the operating system, or will never be sent. */
  readonly released?: ((bytes: Uint8Array) => void) | undefined;
}

/** Bytes that nobody waits for. */
export function chunkOf(bytes: Uint8Array): Chunk {
  return { bytes, start: 0, end: bytes.length };
}

/** Nobody will read these bytes any more. */
export function release(chunks: Iterable<Chunk>): void {
  for (const { bytes, released } of chunks) released?.(bytes);
}
