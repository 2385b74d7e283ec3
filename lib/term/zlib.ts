import { type Inflate, inflateSync } from 'node:zlib';

/** What {@link inflate} found. */
export interface Inflated {
  bytes: Buffer;
  /** How many of the compressed bytes the stream took. */
  consumed: number;
}

/**
 * Inflates the zlib stream at the start of `compressed`, which must give exactly `size` bytes; undefined when it is malformed, ends
 * early, or gives another size. Stops as soon as it exceeds `size`.
 */
export function inflate(compressed: Buffer, size: number): Inflated | undefined {
  if (size === 0) return undefined;
  try {
    const options = { maxOutputLength: size, chunkSize: Math.min(Math.max(size, 64), 65_536), info: true };
    const { buffer, engine } = inflateSync(compressed, options) as unknown as { buffer: Buffer; engine: Inflate };
    return buffer.length === size ? { bytes: buffer, consumed: engine.bytesWritten } : undefined;
  } catch {
    return undefined;
  }
}
