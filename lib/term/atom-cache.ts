import { Atom } from './atom.ts';
import { MAX_ATOM_CHARACTERS } from './limits.ts';
import { countCodePoints, decodeUtf8 } from './utf8.ts';

/**
 * Recently decoded atoms by their UTF-8 bytes, held strongly: the decoder's way around the weak intern table. One atom per slot,
 * so what hostile bytes can do is push others out.
 */
const SLOTS = 4096;
const atoms: (Atom | undefined)[] = new Array<Atom | undefined>(SLOTS).fill(undefined);

/**
 * The bytes of the name in each slot: a word with their number plus one, then four bytes a word, then a word with what is left. Zero is
 * a slot that is empty.
 */
const WORDS = 64;
const names = new Int32Array(SLOTS * WORDS);

/** Longer names do not fit into a slot, and are looked up in the intern table each time. */
const LONGEST = (WORDS - 2) * 4 + 3;

/**
 * What comes again and again has the same atoms in the same order: the keys of a map, a tag and its module. So each slot remembers
 * which one was used after it the last time, and most atoms are found by one comparison.
 */
const followers = new Uint16Array(SLOTS);
let last = 0;

/** Which of two slots is given up: this one and the other take turns. */
let turn = 0;

/** The atom whose name has the UTF-8 bytes `[start, end)`, or undefined when they are not the name of an atom. */
export function atomFromUtf8(buffer: Buffer, start: number, end: number): Atom | undefined {
  const guess = followers[last];
  if (!holds(guess, buffer, start, end)) return lookUp(buffer, start, end);
  last = guess;
  return atoms[guess];
}

function holds(slot: number, buffer: Buffer, start: number, end: number): boolean {
  let at = slot * WORDS;
  if (names[at] !== end - start + 1) return false;
  let i = start;
  for (; i + 4 <= end; i += 4) {
    const word = buffer[i] | (buffer[i + 1] << 8) | (buffer[i + 2] << 16) | (buffer[i + 3] << 24);
    if (names[++at] !== word) return false;
  }
  let rest = 0;
  for (; i < end; i++) rest = (rest << 8) | buffer[i];
  return names[at + 1] === rest;
}

/** Finds an atom by the hash of its name, in one of two slots. */
function lookUp(buffer: Buffer, start: number, end: number): Atom | undefined {
  if (end - start > LONGEST) return readAtom(buffer, start, end);
  let slot = slotOf(buffer, start, end);
  if (!holds(slot, buffer, start, end)) {
    slot = holds(slot ^ 1, buffer, start, end) ? slot ^ 1 : admit(slot, buffer, start, end);
  }
  if (slot < 0) return undefined;
  followers[last] = slot;
  last = slot;
  return atoms[slot];
}

/** Reads an atom that is in neither slot, and puts it into one; -1 when the bytes are not the name of an atom. */
function admit(slot: number, buffer: Buffer, start: number, end: number): number {
  const atom = readAtom(buffer, start, end);
  if (atom === undefined) return -1;
  if (atoms[slot] !== undefined) {
    turn ^= 1;
    slot ^= turn;
  }
  put(slot, atom, buffer, start, end);
  return slot;
}

function slotOf(buffer: Buffer, start: number, end: number): number {
  let hash = end - start;
  let i = start;
  for (; i + 4 <= end; i += 4) {
    const word = buffer[i] | (buffer[i + 1] << 8) | (buffer[i + 2] << 16) | (buffer[i + 3] << 24);
    hash = Math.imul(hash ^ word, 0x5bd1_e995);
    hash ^= hash >>> 15;
  }
  let rest = 0;
  for (; i < end; i++) rest = (rest << 8) | buffer[i];
  hash = Math.imul(hash ^ rest, 0x5bd1_e995);
  return (hash ^ (hash >>> 15)) & (SLOTS - 1);
}

function put(slot: number, atom: Atom, buffer: Buffer, start: number, end: number): void {
  atoms[slot] = atom;
  let at = slot * WORDS;
  names[at] = end - start + 1;
  let i = start;
  for (; i + 4 <= end; i += 4) {
    names[++at] = buffer[i] | (buffer[i + 1] << 8) | (buffer[i + 2] << 16) | (buffer[i + 3] << 24);
  }
  let rest = 0;
  for (; i < end; i++) rest = (rest << 8) | buffer[i];
  names[at + 1] = rest;
}

function readAtom(buffer: Buffer, start: number, end: number): Atom | undefined {
  const name = decodeUtf8(buffer, start, end);
  if (name === undefined || countCodePoints(name, MAX_ATOM_CHARACTERS) > MAX_ATOM_CHARACTERS) return undefined;
  return Atom.internDecoded(name);
}

/** The atom whose name has the Latin-1 bytes `[start, end)`, or undefined when there are more than 255. */
export function atomFromLatin1(buffer: Buffer, start: number, end: number): Atom | undefined {
  if (end - start > MAX_ATOM_CHARACTERS) return undefined;
  for (let i = start; i < end; i++) {
    if (buffer[i] > 0x7f) return Atom.internDecoded(buffer.toString('latin1', start, end));
  }
  return atomFromUtf8(buffer, start, end);
}
