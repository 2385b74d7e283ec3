import { type Codec, plainTerm, plainText } from '../codec.ts';
import { installRivals, requireHere } from '../install.ts';

interface Packer {
  pack(value: unknown): Buffer;
  unpack(bytes: Uint8Array): unknown;
}

interface Msgpackr extends Packer {
  Packr: new (options: { structures: unknown[] }) => Packer;
}

function column(name: string, packer: Packer): Codec {
  return {
    name,
    erlang: false,
    from: plainTerm,
    encode: (value) => packer.pack(value),
    decode: (bytes) => packer.unpack(bytes),
    plain: plainText,
  };
}

/**
 * MessagePack of the equivalent plain values: as it comes (`pack` and `unpack`), and in its fastest form, a `Packr` with shared
 * `structures`, whose bytes hold no names of properties: both sides must know the structures from elsewhere.
 */
export async function msgpackr(): Promise<Codec[]> {
  await installRivals();
  const module = requireHere('msgpackr') as Msgpackr;
  return [column('msgpackr', module), column('msgpackr structures', new module.Packr({ structures: [] }))];
}
