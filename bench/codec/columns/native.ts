import { Atom, Tuple } from 'hidden-node';
import { NATIVE_CODEC } from '../../targets.ts';
import { type Codec, plainText } from '../codec.ts';
import { buildNative, requireHere } from '../install.ts';

interface Addon {
  setClasses(atom: unknown, tuple: unknown): void;
  encode(value: unknown): Buffer;
  decode(bytes: Uint8Array): unknown;
}

/** What the addon makes: as light as can be. */
class NativeAtom {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

class NativeTuple {
  readonly elements: unknown[];

  constructor(elements: unknown[]) {
    this.elements = elements;
  }
}

function fromTerm(term: unknown): unknown {
  if (typeof term !== 'object' || term === null || term instanceof Uint8Array) return term;
  if (term instanceof Atom) return new NativeAtom(term.name);
  if (term instanceof Tuple) return new NativeTuple(term.elements.map(fromTerm));
  if (Array.isArray(term)) return term.map(fromTerm);
  const entries = term instanceof Map ? [...term].map(([key, value]) => [key.name, value]) : Object.entries(term);
  return Object.fromEntries(entries.map(([key, value]) => [key, fromTerm(value)]));
}

/** What `plainText` knows, for the classes of here. */
function known(value: unknown): unknown {
  if (value instanceof NativeAtom) return value.name;
  if (value instanceof NativeTuple) return value.elements.map(known);
  if (Array.isArray(value)) return value.map(known);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, known(inner)]));
}

/** `ei` behind node-addon-api; see native/. */
export async function native(): Promise<Codec[]> {
  const addon = requireHere(await buildNative()) as Addon;
  addon.setClasses(NativeAtom, NativeTuple);
  return [
    {
      name: NATIVE_CODEC,
      erlang: true,
      from: fromTerm,
      encode: (value) => addon.encode(value),
      decode: (bytes) => addon.decode(bytes),
      plain: (value) => plainText(known(value)),
    },
  ];
}
