/** Decodes what is in a message: a control message, and what it carries. */
import type { Atom } from '../term/atom.ts';
import { type DecodeOptions, Decoder } from '../term/decoder.ts';
import type { Pid } from '../term/pid.ts';
import type { Term } from '../term/term.ts';
import type { ControlDecoder } from './control/reader.ts';
import type { RepeatedControl } from './repeated-control.ts';

/** A binary is not copied out of a buffer of which it makes up at least this part: that much memory it may keep alive for itself. */
const MOST = 0.75;

export class PayloadDecoder extends Decoder implements ControlDecoder {
  /** Whether the buffer is not used again after what it holds has been decoded. */
  kept = false;

  /**
   * @param headers - whether frames have a distribution header, and terms no version bytes
   * @param repeated - gets what messages begin with that go to a process
   */
  constructor(
    options: DecodeOptions,
    private readonly headers: boolean,
    private readonly repeated: RepeatedControl,
  ) {
    super(options);
  }

  addressedTo(to: Pid | Atom): void {
    this.repeated.remember(this.buffer, this.start, this.position, to);
  }

  readPayload(): Term {
    if (!this.headers) this.readVersion();
    const message = this.readTerm();
    if (!this.atEnd) throw this.invalid('bytes follow the message');
    return message;
  }

  /** What makes up most of a buffer that came for it alone keeps that, and is not copied. */
  protected override largeBinary(start: number, end: number): Buffer {
    const isMost = end - start >= this.buffer.buffer.byteLength * MOST;
    return this.kept && isMost ? this.buffer.subarray(start, end) : super.largeBinary(start, end);
  }
}
