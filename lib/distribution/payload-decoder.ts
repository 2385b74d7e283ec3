/** Decodes what is in a frame: a control message, and what it carries. */
import type { Atom } from '../term/atom.ts';
import { type DecodeOptions, Decoder } from '../term/decoder.ts';
import type { Pid } from '../term/pid.ts';
import type { Term } from '../term/term.ts';
import type { ControlDecoder } from './control/reader.ts';
import type { RepeatedControl } from './repeated-control.ts';

/** A binary is not copied out of a buffer of which it is at least one part in so many: it may keep that much memory alive for itself. */
const PART = 2;

export class PayloadDecoder extends Decoder implements ControlDecoder {
  /** Whether the buffer is not used again after what it holds has been decoded. */
  kept = false;

  /** @param repeated - gets what messages begin with that go to a process */
  constructor(
    options: DecodeOptions,
    private readonly repeated: RepeatedControl,
  ) {
    super(options);
  }

  addressedTo(to: Pid | Atom): void {
    this.repeated.remember(this.buffer, this.start, this.position, to);
  }

  readPayload(): Term {
    this.readVersion();
    const message = this.readTerm();
    if (!this.atEnd) throw this.invalid('bytes follow the message');
    return message;
  }

  /** What makes up most of a buffer that came for it alone keeps that, and is not copied. */
  protected override largeBinary(start: number, end: number): Buffer {
    const isMost = (end - start) * PART >= this.buffer.buffer.byteLength;
    return this.kept && isMost ? this.buffer.subarray(start, end) : super.largeBinary(start, end);
  }
}
