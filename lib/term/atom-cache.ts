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
  let hash = end - start;
  for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + buffer[i]) | 0;
  const slot = (hash ^ (hash >>> 12)) & (SLOTS - 1);
  const text = texts[slot];
  const length = end - start;
  let i = text.length === length ? 0 : -1;
  while (i >= 0 && i < length && text[i] === buffer[start + i]) i++;
  const cached = i === length ? atoms[slot] : undefined;
  return cached ?? readAtom(buffer, start, end, slot);
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
