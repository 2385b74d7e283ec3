/**
 * Puts messages together that come in fragments. Those of several messages may come in turn; those of one come in order.
 * Erlang documentation: "External Term Format", section "Distribution Header for fragmented messages".
 */
import { HiddenNodeError } from '../errors.ts';
import { VERSION } from '../term/tags.ts';
import { FIRST_FRAGMENT, FRAGMENT_BYTES, HEADER_BYTES, LENGTH_BYTES, NEXT_FRAGMENT } from './frame-form.ts';
import type { FrameRest } from './frame-reader.ts';
import { GatheredBytes } from './gathered-bytes.ts';

/** The numbers of the sequence and of the fragment stand behind two bytes. */
const SEQUENCE_AT = 2;
const NUMBER_AT = 10;
const NEXT_HEADER_BYTES = 18;
const FIRST_HEADER_BYTES = 19;

/** So many times the longest message may be held in all, of messages that are still coming. */
const MOST_LARGEST = 8;

/** What a message that is still coming is counted for besides its bytes. */
const OVERHEAD_BYTES = 1024;

/** Gets a whole message, `bytes[start .. end)`: as in {@link FrameHandler.frame}. */
export type WholeMessage = (bytes: Buffer, start: number, end: number, kept: boolean) => boolean;

interface Sequence {
  readonly gathered: GatheredBytes;
  /** How many bytes there may be in the end, by the number of fragments. */
  readonly claim: number;
  /** How many there will be, if it is like the message before. */
  readonly guess: number;
  /** The number of the fragment that comes next; 0: all have come. */
  next: number;
}

/** What is before the data of a fragment. */
interface Header {
  isFirst: boolean;
  sequence: bigint;
  number: number;
  /** Where the data begin. */
  data: number;
}

export class Assembly {
  readonly #sequences = new Map<bigint, Sequence>();
  #held = 0;
  /** How long the latest message was. */
  #latest = 0;

  /**
   * @param maxBytes - the longest message that is taken: what its frame would have without the length, were it in one
   * @param onMessage - gets each message
   */
  constructor(
    private readonly maxBytes: number,
    private readonly onMessage: WholeMessage,
  ) {}

  /** How many bytes of messages are held that are still coming, and some more for each. */
  get heldBytes(): number {
    return this.#held;
  }

  /**
   * Takes a fragment, as {@link FrameHandler.frame}.
   *
   * @throws `decode_invalid`, `frame_too_large`; whatever the message handler throws
   */
  frame(bytes: Buffer, start: number, end: number, kept: boolean): boolean {
    const header = headerOf(bytes, start, end);
    const { isFirst, number, data } = header;
    if (isFirst && number === 1) return this.onMessage(bytes, data, end, kept);
    const sequence = isFirst ? this.#begin(header, end - data) : this.#continue(header);
    // One that comes again brings nothing new.
    if (sequence.next > 0) {
      this.#gather(sequence, bytes, data, end);
      sequence.next--;
    }
    return this.#deliver(header.sequence, sequence);
  }

  /** Takes the beginning of a fragment, as {@link FrameHandler.begin}. @throws as {@link frame} */
  begin(bytes: Buffer, start: number, end: number): FrameRest | undefined {
    if (end - start < FIRST_HEADER_BYTES) return undefined;
    const header = headerOf(bytes, start, end);
    const { isFirst, number, data } = header;
    if (isFirst && number === 1) return undefined;
    const sequence = isFirst ? this.#begin(header, end - data) : this.#continue(header);
    this.#gather(sequence, bytes, data, end);
    return {
      add: (more, from, to) => this.#gather(sequence, more, from, to),
      end: () => {
        sequence.next--;
        return this.#deliver(header.sequence, sequence) ? undefined : lastFragment(header.sequence);
      },
    };
  }

  /** @param length - how many bytes of the first fragment have come */
  #begin({ sequence: id, number: count }: Header, length: number): Sequence {
    if (count === 0 || this.#sequences.has(id)) throw invalid('a fragment begins a message that has begun');
    this.#hold(OVERHEAD_BYTES);
    // All but the last fragment are equally long, as a rule. Messages often are as well: then there is no room to spare.
    const claim = Math.min(this.maxBytes, FRAGMENT_BYTES * count);
    const fits = this.#latest > FRAGMENT_BYTES * (count - 1) && this.#latest <= claim;
    const guess = fits ? this.#latest : claim;
    const sequence = { gathered: new GatheredBytes(length, guess, 0), claim, guess, next: count };
    this.#sequences.set(id, sequence);
    return sequence;
  }

  #continue({ sequence: id, number }: Header): Sequence {
    const sequence = this.#sequences.get(id);
    if (sequence === undefined) throw invalid('a fragment continues a message that has not begun');
    if (sequence.next === number && number > 0) return sequence;
    if (sequence.next === 0 && number === 1) return sequence;
    throw invalid('fragments come out of order');
  }

  #gather({ gathered, claim, guess }: Sequence, bytes: Buffer, start: number, end: number): void {
    const length = gathered.length + end - start;
    // As many as its frame would have, were it in one.
    const frameBytes = length + HEADER_BYTES;
    if (frameBytes > this.maxBytes)
      throw tooLarge(`a message of ${frameBytes} bytes or more`, frameBytes, this.maxBytes);
    this.#hold(end - start);
    gathered.add(bytes, start, end, length <= guess ? guess : claim);
  }

  /** False when the message is whole and cannot be taken now. */
  #deliver(id: bigint, { gathered, next }: Sequence): boolean {
    if (next > 0) return true;
    this.#latest = gathered.length;
    if (!this.onMessage(gathered.bytes, 0, gathered.length, true)) return false;
    this.#sequences.delete(id);
    this.#held -= gathered.length + OVERHEAD_BYTES;
    return true;
  }

  #hold(bytes: number): void {
    this.#held += bytes;
    const most = this.maxBytes * MOST_LARGEST;
    if (this.#held > most) throw tooLarge(`${this.#held} bytes of unfinished messages`, this.#held, most);
  }
}

function headerOf(bytes: Buffer, start: number, end: number): Header {
  const isFirst = bytes[start + 1] === FIRST_FRAGMENT;
  const data = start + (isFirst ? FIRST_HEADER_BYTES : NEXT_HEADER_BYTES);
  if (data > end) throw invalid('a fragment is shorter than its header');
  if (isFirst && bytes[data - 1] !== 0) throw invalid('a fragment refers to an atom cache');
  const sequence = bytes.readBigUInt64BE(start + SEQUENCE_AT);
  return { isFirst, sequence, number: Number(bytes.readBigUInt64BE(start + NUMBER_AT)), data };
}

/** A last fragment without data, as a frame with its length. */
function lastFragment(sequence: bigint): Buffer {
  const frame = Buffer.alloc(LENGTH_BYTES + NEXT_HEADER_BYTES);
  frame.writeUInt32BE(NEXT_HEADER_BYTES);
  frame[LENGTH_BYTES] = VERSION;
  frame[LENGTH_BYTES + 1] = NEXT_FRAGMENT;
  frame.writeBigUInt64BE(sequence, LENGTH_BYTES + SEQUENCE_AT);
  frame.writeBigUInt64BE(1n, LENGTH_BYTES + NUMBER_AT);
  return frame;
}

function invalid(what: string): HiddenNodeError {
  return new HiddenNodeError('decode_invalid', what);
}

function tooLarge(what: string, bytes: number, limit: number): HiddenNodeError {
  const message = `the peer sends ${what}, above the limit of ${limit}`;
  return new HiddenNodeError('frame_too_large', message, { bytes, maxFrameBytes: limit });
}
