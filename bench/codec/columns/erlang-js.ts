import { Atom, Tuple } from 'hidden-node';
import { type Codec, plainText } from '../codec.ts';
import { installRivals, requireHere } from '../install.ts';

/** Every class of erlang_js keeps what it stands for in `value`. */
interface Wrapper {
  readonly value: unknown;
}

type WrapperClass = new (value: unknown) => Wrapper;

type Done<T> = (error: Error | undefined, result: T) => void;

interface Erlang {
  OtpErlangAtom: WrapperClass;
  OtpErlangBinary: WrapperClass;
  OtpErlangList: WrapperClass;
  OtpErlangMap: WrapperClass;
  term_to_binary(term: unknown, done: Done<Buffer>): void;
  binary_to_term(bytes: Uint8Array, done: Done<unknown>): void;
}

/** Its callbacks are called before the function returns. */
function result<T>(start: (done: Done<T>) => void): T {
  let outcome: T | undefined;
  start((error, value) => {
    if (error !== undefined) throw error;
    outcome = value;
  });
  return outcome as T;
}

function fromTerm(erlang: Erlang, term: unknown): unknown {
  const inner = (value: unknown): unknown => fromTerm(erlang, value);
  if (typeof term === 'string') return new erlang.OtpErlangBinary(Buffer.from(term));
  if (term instanceof Uint8Array) return new erlang.OtpErlangBinary(term);
  if (term instanceof Atom) return new erlang.OtpErlangAtom(term.name);
  if (term === null) return new erlang.OtpErlangAtom('nil');
  if (term instanceof Tuple) return term.elements.map(inner);
  if (Array.isArray(term)) return new erlang.OtpErlangList(term.map(inner));
  if (typeof term !== 'object') return term;
  const entries = term instanceof Map ? [...term].map(([key, value]) => [key.name, value]) : Object.entries(term);
  return new erlang.OtpErlangMap(new Map(entries.map(([key, value]) => [new erlang.OtpErlangAtom(key), inner(value)])));
}

function unwrap(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(unwrap);
  if (value instanceof Map) return new Map([...value].map(([key, inner]) => [unwrap(key), unwrap(inner)]));
  return unwrap((value as Wrapper).value);
}

/** A codec in JavaScript. */
export async function erlangJs(): Promise<Codec[]> {
  await installRivals();
  const { Erlang: erlang } = requireHere('erlang_js') as { Erlang: Erlang };
  return [
    {
      name: 'erlang_js',
      erlang: true,
      from: (term) => fromTerm(erlang, term),
      encode: (value) => result((done) => erlang.term_to_binary(value, done)),
      decode: (bytes) => result((done) => erlang.binary_to_term(bytes, done)),
      plain: (value) => plainText(unwrap(value)),
    },
  ];
}
