import { Atom } from './atom.ts';
import { MAX_ATOM_CHARACTERS } from './limits.ts';
import { countCodePoints, decodeUtf8 } from './utf8.ts';

/**
 * Recently decoded atoms by their UTF-8 bytes, held strongly: the decoder's way around the weak intern table. One atom per slot,
 * so what hostile bytes can do is push others out.
 */
const SLOTS = 4096;
const texts: Uint8Array[] = new Array<Uint8Array>(SLOTS).fill(new Uint8Array(0));
const atoms: (Atom | undefined)[] = new Array<Atom | undefined>(SLOTS).fill(undefined);

/** The atom whose name has the UTF-8 bytes `[start, end)`, or undefined when they are not the name of an atom. */
export function atomFromUtf8(buffer: Buffer, start: number, end: number): Atom | undefined {
  const slot = slotOf(buffer, start, end);
  const text = texts[slot];
  const length = end - start;
  let i = text.length === length ? 0 : -1;
  while (i >= 0 && i < length && text[i] === buffer[start + i]) i++;
  const cached = i === length ? atoms[slot] : undefined;
  return cached ?? readAtom(buffer, start, end, slot);
}

/** Takes four bytes at a time, because each step of the hash has to wait for the one before. */
function slotOf(buffer: Buffer, start: number, end: number): number {
  let hash = end - start;
  let i = start;
  for (; i + 4 <= end; i += 4) {
    const word = buffer[i] | (buffer[i + 1] << 8) | (buffer[i + 2] << 16) | (buffer[i + 3] << 24);
    hash = Math.imul(hash ^ word, 0x5bd1_e995);
    hash ^= hash >>> 15;
  }
  for (; i < end; i++) hash = Math.imul(hash ^ buffer[i], 0x5bd1_e995);
  return (hash ^ (hash >>> 15)) & (SLOTS - 1);
}

function readAtom(buffer: Buffer, start: number, end: number, slot: number): Atom | undefined {
  const name = decodeUtf8(buffer, start, end);
  if (name === undefined || countCodePoints(name, MAX_ATOM_CHARACTERS) > MAX_ATOM_CHARACTERS) return undefined;
  const found = Atom.internDecoded(name);
  texts[slot] = Uint8Array.prototype.slice.call(buffer, start, end);
  atoms[slot] = found;
  return found;
}

/** The atom whose name has the Latin-1 bytes `[start, end)`, or undefined when there are more than 255. */
export function atomFromLatin1(buffer: Buffer, start: number, end: number): Atom | undefined {
  if (end - start > MAX_ATOM_CHARACTERS) return undefined;
  for (let i = start; i < end; i++) {
    if (buffer[i] > 0x7f) return Atom.internDecoded(buffer.toString('latin1', start, end));
  }
  return atomFromUtf8(buffer, start, end);
}
