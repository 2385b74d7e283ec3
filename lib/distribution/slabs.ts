/**
 * The slabs that frames are written into: all links of a thread share those that are not in use. What a burst has left over is given
 * back when it is over.
 */

/** The size of a slab. Larger frames get a slab of their own. */
export const SLAB_BYTES = 64 * 1024;

/** How many unused slabs the thread keeps for all its links: when a program sends to many peers in one turn, each link fills one. */
const SPARE_SLABS = 256;

/** A spare slab that nobody needed for this long, in milliseconds, is given back. */
const IDLE_TIME = 1_000;

const spare: Buffer[] = [];
/** The fewest that were spare at any time since it was last looked at: so many are not needed. */
let leastSpare = 0;
let willLook = false;

/** A slab of at least so many bytes. What is in it is not cleared. */
export function takeSlab(atLeast: number): Buffer {
  if (atLeast > SLAB_BYTES) return Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(atLeast)));
  const slab = spare.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES);
  if (spare.length < leastSpare) leastSpare = spare.length;
  return slab;
}

/** Takes a slab back that nobody reads any more. */
export function recycle(bytes: Buffer): void {
  if (bytes.length !== SLAB_BYTES || spare.length >= SPARE_SLABS) return;
  spare.push(bytes);
  if (!willLook) lookLater();
}

function lookLater(): void {
  willLook = true;
  setTimeout(release, IDLE_TIME).unref();
}

function release(): void {
  spare.length -= leastSpare;
  leastSpare = spare.length;
  willLook = false;
  if (spare.length > 0) lookLater();
}
