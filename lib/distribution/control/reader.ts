/** What a control message is read with: a decoder that stands behind the operation number. */
import type { Decoder } from '../../term/decoder.ts';
import type { Payload, SignalHandler } from './signals.ts';

export interface ControlDecoder extends Decoder, Payload {}

/** Reads the rest of one kind of control message, of `arity` elements in all, and tells the handler. */
export type ControlReader = (control: ControlDecoder, handler: SignalHandler, arity: number) => void;
