import { HiddenNodeError } from '../errors.ts';
import { copyApart } from './copy-bytes.ts';
import { MAX_ATOM_CHARACTERS, MAX_LIVE_ATOMS } from './limits.ts';
import { ATOM_UTF8_EXT, SMALL_ATOM_UTF8_EXT } from './tags.ts';
import { TermObject } from './term-object.ts';
import { countCodePoints, isWellFormed } from './utf8.ts';

/** The JavaScript values that stand for the atoms `true`, `false`, `undefined` and `nil`. */
export type AtomValue = boolean | undefined | null;

/**
 * An Erlang atom. There is one object per name while anything refers to it, so atoms compare by `===`. Make one with {@link atom}.
 *
 * The atoms `true`, `false`, `undefined` and `nil` decode to the JavaScript values `true`, `false`, `undefined` and `null`;
 * an `Atom` of one of these names is the same term and encodes alike.
 */
export class Atom extends TermObject {
  /** The characters of the atom, without quotes. */
  declare readonly name: string;

  /** What the atom decodes to: itself, or the JavaScript value that stands for it. */
  declare readonly term: Atom | AtomValue;

  declare private encoded: Buffer | undefined;

  private constructor(name: string) {
    super();
    this.name = name;
    this.term = SPECIAL.has(name) ? SPECIAL.get(name) : this;
    this.encoded = undefined;
  }

  /** The complete encoded atom: SMALL_ATOM_UTF8_EXT or ATOM_UTF8_EXT with its length and text. Not to be written to. */
  get bytes(): Buffer {
    if (this.encoded === undefined) this.encoded = encodeAtom(this.name);
    return this.encoded;
  }

  /** @internal The one object for a name that is known to be valid, wanted by the program itself. */
  static intern(name: string): Atom {
    return interned.get(name)?.deref() ?? Atom.add(name);
  }

  /** @internal The same for a name that a peer sent. */
  static internDecoded(name: string): Atom {
    const known = interned.get(name)?.deref();
    if (known !== undefined) return known;
    if (interned.size >= MAX_LIVE_ATOMS) makeRoom();
    return Atom.add(name);
  }

  private static add(name: string): Atom {
    if (interned.size >= sweepAt) sweep();
    else if (interned.size > SMALLEST_SWEEP && !awaitsCollector) awaitCollector();
    const fresh = new Atom(name);
    interned.set(name, new WeakRef(fresh));
    return fresh;
  }
}

const SPECIAL: ReadonlyMap<string, AtomValue> = new Map<string, AtomValue>([
  ['true', true],
  ['false', false],
  ['undefined', undefined],
  ['nil', null],
]);

/** Up to this size the table is never swept. */
const SMALLEST_SWEEP = 4096;

/** A full table is swept at most this often, so that refusing atoms stays cheap. In milliseconds. */
const SWEEP_PAUSE = 100;

/** And one that is not full at most this often, after garbage was collected. In milliseconds. */
const SWEEP_PAUSE_AT_REST = 5_000;

const interned = new Map<string, WeakRef<Atom>>();
let sweepAt = SMALLEST_SWEEP * 2;
let lastSweep = Number.NEGATIVE_INFINITY;
let lastSweepWhenFull = Number.NEGATIVE_INFINITY;
let awaitsCollector = false;

/** Drops the entries of collected atoms. */
function sweep(): void {
  for (const [name, reference] of interned) if (reference.deref() === undefined) interned.delete(name);
  sweepAt = Math.max(SMALLEST_SWEEP, interned.size) * 2;
  lastSweep = performance.now();
}

/** Is told when garbage has been collected: perhaps atoms, whose names must not stay when no others come. */
const collector = new FinalizationRegistry(() => {
  if (performance.now() - lastSweep >= SWEEP_PAUSE_AT_REST) sweep();
  awaitsCollector = interned.size > SMALLEST_SWEEP;
  if (awaitsCollector) awaitCollector();
});

function awaitCollector(): void {
  awaitsCollector = true;
  collector.register({}, undefined);
}

/** Throws when as many atoms as the limit are alive. */
function makeRoom(): void {
  const now = performance.now();
  if (now - lastSweepWhenFull >= SWEEP_PAUSE) {
    sweep();
    lastSweepWhenFull = performance.now();
  }
  if (interned.size >= MAX_LIVE_ATOMS) {
    throw new HiddenNodeError('decode_limit', `more than ${MAX_LIVE_ATOMS} distinct atoms are in use`, {
      maxLiveAtoms: MAX_LIVE_ATOMS,
    });
  }
}

/** Held for good, so that these decode even while the table is full. */
export const TRUE = Atom.intern('true');
export const FALSE = Atom.intern('false');
export const UNDEFINED = Atom.intern('undefined');
export const NIL = Atom.intern('nil');

function encodeAtom(name: string): Buffer {
  const text = Buffer.from(name, 'utf8');
  const head =
    text.length < 256 ? [SMALL_ATOM_UTF8_EXT, text.length] : [ATOM_UTF8_EXT, text.length >> 8, text.length & 255];
  return copyApart(Buffer.concat([Buffer.from(head), text]));
}

/** True when `name` can be the name of an atom: well-formed text of at most 255 code points. */
export function isAtomName(name: string): boolean {
  return countCodePoints(name, MAX_ATOM_CHARACTERS) <= MAX_ATOM_CHARACTERS && isWellFormed(name);
}

/**
 * The atom of a name. The same name always gives the same object.
 *
 * @param name - its characters, without quotes: at most 255 code points, no lone surrogate
 * @throws HiddenNodeError `invalid_argument` when no atom can have this name
 * @example atom('ok') === atom('ok') // true
 */
export function atom(name: string): Atom {
  if (typeof name !== 'string' || !isAtomName(name)) {
    throw new HiddenNodeError(
      'invalid_argument',
      `an atom's name is text of at most ${MAX_ATOM_CHARACTERS} characters without lone surrogates`,
      { maxCharacters: MAX_ATOM_CHARACTERS },
    );
  }
  return Atom.intern(name);
}
