import { type Codec, plainTerm, plainText } from '../codec.ts';

/** V8's own JSON of the equivalent plain values, to bytes and from bytes. It cannot carry binaries. */
export function json(): Codec[] {
  return [
    {
      name: 'JSON',
      erlang: false,
      from: plainTerm,
      encode: (value) => Buffer.from(JSON.stringify(value)),
      decode: (bytes) => JSON.parse((bytes as Buffer).toString()),
      plain: plainText,
    },
  ];
}
