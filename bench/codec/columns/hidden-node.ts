import { type DecodeOptions, decode, type EncodableTerm, encode } from 'hidden-node';
import { type Codec, plainText } from '../codec.ts';

const UTF8: DecodeOptions = { binaries: 'utf8' };

const common = {
  erlang: true,
  from: (term: EncodableTerm): unknown => term,
  encode: (value: unknown): Uint8Array => encode(value as EncodableTerm),
  plain: plainText,
};

/** The public functions: as they come, and with text in place of Buffers, as the other codecs of JavaScript have it. */
export function hiddenNode(): Codec[] {
  return [
    { ...common, name: 'hidden-node', decode: (bytes) => decode(bytes) },
    { ...common, name: 'hidden-node utf8', decode: (bytes) => decode(bytes, UTF8) },
  ];
}
