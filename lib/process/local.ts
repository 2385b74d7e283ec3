/**
 * Messages of a node to its own processes. They take the way through the codec, so that a message is the same whether it
 * crossed a wire or not, and what is changed in it later does not matter.
 */
import type { SignalHandler } from '../distribution/control/signals.ts';
import type { Atom } from '../term/atom.ts';
import { type DecodeOptions, decode } from '../term/decoder.ts';
import { encode } from '../term/encoder.ts';
import type { Pid } from '../term/pid.ts';
import type { Reference } from '../term/reference.ts';
import type { EncodableTerm, Term } from '../term/term.ts';

export class LocalDelivery {
  constructor(
    private readonly signals: SignalHandler,
    private readonly options: DecodeOptions,
  ) {}

  send(to: Pid, message: EncodableTerm): boolean {
    return this.#later(message, (payload) => this.signals.send(to, payload));
  }

  registeredSend(to: Atom, message: EncodableTerm): boolean {
    return this.#later(message, (payload) => this.signals.registeredSend(to, payload));
  }

  aliasSend(to: Reference, message: EncodableTerm): boolean {
    return this.#later(message, (payload) => this.signals.aliasSend(to, payload));
  }

  /** Not within the send: a handler that answers itself would otherwise never return. */
  #later(message: EncodableTerm, deliver: (payload: { readPayload(): Term }) => void): boolean {
    const bytes = encode(message);
    queueMicrotask(() => deliver({ readPayload: () => decode(bytes, this.options) }));
    return true;
  }
}
