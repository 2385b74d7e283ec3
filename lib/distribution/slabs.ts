/** The slabs that frames are written into: all links of a thread share those that are not in use. */

/** The size of a slab. Larger frames get a slab of their own. */
export const SLAB_BYTES = 64 * 1024;

/** How many unused slabs the thread keeps for all its links. */
const SPARE_SLABS = 16;

const spare: Buffer[] = [];

/** A slab of at least so many bytes. What is in it is not cleared. */
export function takeSlab(atLeast: number): Buffer {
  if (atLeast > SLAB_BYTES) return Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(atLeast)));
  return spare.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES);
}

/** Takes a slab back that nobody reads any more. */
export function recycle(bytes: Buffer): void {
  if (bytes.length === SLAB_BYTES && spare.length < SPARE_SLABS) spare.push(bytes);
}
