import { HiddenNodeError } from '../errors.ts';
import { copyApart } from './copy-bytes.ts';
import { TermObject } from './term-object.ts';

/** A bitstring whose length is no multiple of eight bits (BIT_BINARY_EXT). */
export class BitString extends TermObject {
  /** All bytes, the last one with its unused low bits zero. */
  declare readonly bytes: Buffer;
  /** How many bits of the last byte count, from the highest: 1 to 7. */
  declare readonly bits: number;

  /**
   * @param bytes - at least one; copied
   * @param bits - how many bits of the last byte count, 1 to 7
   * @throws HiddenNodeError `invalid_argument`
   */
  constructor(bytes: Uint8Array, bits: number) {
    super();
    if (!(bytes instanceof Uint8Array) || bytes.length === 0) {
      throw new HiddenNodeError('invalid_argument', 'a bitstring has a byte that is partly used');
    }
    if (!(Number.isInteger(bits) && bits >= 1 && bits <= 7)) {
      throw new HiddenNodeError('invalid_argument', 'the last byte of a bitstring has 1 to 7 bits', { bits });
    }
    const copy = copyApart(bytes);
    copy[copy.length - 1] &= 0xff << (8 - bits);
    this.bytes = copy;
    this.bits = bits;
  }

  /** The length in bits. */
  get bitLength(): number {
    return (this.bytes.length - 1) * 8 + this.bits;
  }
}

/**
 * The bitstring of the first `(bytes.length - 1) * 8 + bits` bits of `bytes`. Whole bytes are a `Buffer`, not a bitstring.
 *
 * @param bytes - at least one; copied
 * @param bits - how many bits of the last byte count, 1 to 7, from its highest
 * @throws HiddenNodeError `invalid_argument`
 */
export function bitstring(bytes: Uint8Array, bits: number): BitString {
  return new BitString(bytes, bits);
}
