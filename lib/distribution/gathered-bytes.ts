/**
 * Bytes that come piece by piece, of which a peer has claimed how many there will be. Room is made in few steps, so that little is
 * copied twice: for the first bytes in proportion to what has come, and for all that was claimed once that much has come that the rest
 * costs nothing noticeable. The system gives memory only as it is written to, so the claim of a peer that then sends nothing takes up
 * addresses, and no memory.
 */

/** Room for as much costs nothing noticeable. */
const LEAST_ROOM = 64 * 1024;

/** At first a claim is believed up to this many times what has come. */
const TRUST = 64;

/** Once as much has come, the whole claim is believed: it is also the most that is ever copied a second time. */
const BELIEVED = 4 * 1024 * 1024;

export class GatheredBytes {
  /** What has come is in front. */
  bytes: Buffer;
  /** How many bytes have come. */
  length = 0;

  /**
   * @param coming - how many bytes come now
   * @param claim - how many come in all, if that is true
   * @param least - room for as much is made in any case, if as much is claimed
   */
  constructor(coming: number, claim: number, least = LEAST_ROOM) {
    this.bytes = Buffer.allocUnsafeSlow(room(coming, claim, least));
  }

  /** Adds the bytes `[start, end)`. */
  add(bytes: Buffer, start: number, end: number, claim: number): void {
    const needed = this.length + end - start;
    if (needed > this.bytes.length) this.#grow(needed, claim);
    bytes.copy(this.bytes, this.length, start, end);
    this.length = needed;
  }

  #grow(needed: number, claim: number): void {
    const larger = Buffer.allocUnsafeSlow(room(needed, claim, LEAST_ROOM));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}

function room(needed: number, claim: number, least: number): number {
  // What is more than was claimed may go on like that.
  if (needed > claim) return 2 * needed;
  if (needed >= BELIEVED) return claim;
  return Math.max(needed, Math.min(claim, Math.max(least, Math.min(needed * TRUST, BELIEVED))));
}
