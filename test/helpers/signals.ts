/** The control messages of a hand-made peer, one by one. */
import { type EncodableTerm, encode, Pid, Reference, type Term, Tuple } from '../../lib/index.ts';
import { atom } from '../../lib/term/atom.ts';
import { Decoder } from '../../lib/term/decoder.ts';
import { frame, type HandmadePeer } from './handmade-peer.ts';

const PASS_THROUGH = Buffer.from([112]);

/** A control message, and its payload if it has one. */
export interface Signal {
  operation: number;
  control: Term[];
  payload: Term;
}

export class Signals {
  /** @param name - that of the peer */
  constructor(
    readonly peer: HandmadePeer,
    readonly name: string,
  ) {}

  /** A process of the peer. */
  pid(id = 1): Pid {
    return new Pid(atom(this.name), id, 0, 77);
  }

  /** A reference of the peer. */
  reference(id = 1): Reference {
    return new Reference(atom(this.name), 77, [id & 0x3ffff, id >>> 18, 3]);
  }

  /** The bytes of a message. */
  bytes(control: EncodableTerm, payload?: EncodableTerm): Buffer {
    return frame(PASS_THROUGH, encode(control), payload === undefined ? Buffer.alloc(0) : encode(payload));
  }

  say(control: EncodableTerm, payload?: EncodableTerm): void {
    this.peer.write(this.bytes(control, payload));
  }

  /** The next message that is no tick. */
  async heard(): Promise<Signal> {
    let bytes = await this.peer.readFrame();
    while (bytes.length === 0) bytes = await this.peer.readFrame();
    const decoder = new Decoder({ floats: 'exact' });
    decoder.reset(bytes, 1);
    decoder.readVersion();
    const control = decoder.readTerm();
    if (!(control instanceof Tuple)) throw new Error(`a control message is a tuple, not ${String(control)}`);
    const operation = control.elements[0] as number;
    if (decoder.atEnd) return { operation, control: control.elements as Term[], payload: undefined };
    decoder.readVersion();
    return { operation, control: control.elements as Term[], payload: decoder.readTerm() };
  }

  /** The next message with this operation; those before it are passed over. */
  async heardOf(operation: number): Promise<Signal> {
    for (;;) {
      const signal = await this.heard();
      if (signal.operation === operation) return signal;
    }
  }
}
