/** What a control message is read with: a decoder that stands behind the operation number. */
import type { Atom } from '../../term/atom.ts';
import type { Decoder } from '../../term/decoder.ts';
import type { Pid } from '../../term/pid.ts';
import type { Payload, SignalHandler } from './signals.ts';

export interface ControlDecoder extends Decoder, Payload {
  /** The control message ends here, and all that it says is where the payload goes. */
  addressedTo(to: Pid | Atom): void;
}

/** Reads the rest of one kind of control message, of `arity` elements in all, and tells the handler. */
export type ControlReader = (control: ControlDecoder, handler: SignalHandler, arity: number) => void;
