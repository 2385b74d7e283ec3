import { TermObject } from './term-object.ts';

/**
 * A term whose bytes are known already; the encoder copies them. What is encoded once and sent later cannot change in between,
 * and cannot turn out to be no term when it is too late to say so. Made by `preencode`.
 */
export class EncodedTerm extends TermObject {
  /** @param bytes - one term without the version byte */
  constructor(readonly bytes: Uint8Array) {
    super();
  }
}
