import { type Codec, plainTerm, plainText } from '../codec.ts';
import { installErlpack, requireHere } from '../install.ts';

interface Erlpack {
  pack(value: unknown): Buffer;
  unpack(bytes: Uint8Array): unknown;
}

/** A C++ codec. It knows neither atoms nor tuples, so it gets plain values. */
export async function erlpack(): Promise<Codec[]> {
  await installErlpack();
  const { pack, unpack } = requireHere('erlpack') as Erlpack;
  return [
    {
      name: 'erlpack',
      erlang: false,
      from: plainTerm,
      encode: (value) => pack(value),
      decode: (bytes) => unpack(bytes),
      plain: plainText,
    },
  ];
}
