/** Options of a `Decoder` and of `decode`. */
export interface DecodeOptions {
  /**
   * `'number'` (default): floats become numbers, so whole ones can no longer be told from integers. `'exact'`: every float becomes
   * a `Float`, and what decodes encodes back to the same term. Floats inside map keys are always exact, so that the keys
   * `1` and `1.0` stay two.
   */
  floats?: 'number' | 'exact';
  /** `'buffer'` (default): binaries become Buffers. `'utf8'`: those that are valid UTF-8 become strings. */
  binaries?: 'buffer' | 'utf8';
  /** How deeply a term may be nested; default 1024. */
  maxDepth?: number;
  /** How many bytes a compressed term may inflate to; default 64 MiB. */
  maxDecompressedBytes?: number;
}
