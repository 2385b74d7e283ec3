/** Finds the messages in frames: takes off what a frame begins with, and puts fragments together. */
import { HiddenNodeError } from '../errors.ts';
import { VERSION } from '../term/tags.ts';
import { Assembly } from './assembly.ts';
import { FIRST_FRAGMENT, HEADER, HEADER_BYTES, NEXT_FRAGMENT, PASS_THROUGH, PLAIN_BYTES } from './frame-form.ts';
import type { FrameHandler, FrameRest } from './frame-reader.ts';

export interface MessageHandler {
  /**
   * Gets a message, `bytes[start .. end)`: the control message, without version byte, and what follows it. As in
   * {@link FrameHandler.frame}.
   */
  message(bytes: Buffer, start: number, end: number, kept: boolean): boolean;
  tick(): void;
}

/**
 * @param headers - whether the frames of the peer have a distribution header
 * @param maxBytes - the longest message that is taken
 * @returns what takes each frame; it throws `decode_invalid`, `frame_too_large`, and whatever the handler throws
 */
export function messageReader(headers: boolean, maxBytes: number, handler: MessageHandler): FrameHandler {
  return headers ? new HeaderReader(maxBytes, handler) : new PlainReader(handler);
}

class PlainReader implements FrameHandler {
  constructor(private readonly handler: MessageHandler) {}

  frame(bytes: Buffer, start: number, end: number, kept: boolean): boolean {
    const message = start + PLAIN_BYTES;
    if (message < end && bytes[start] === PASS_THROUGH && bytes[start + 1] === VERSION) {
      return this.handler.message(bytes, message, end, kept);
    }
    if (start !== end) throw invalid(bytes, start, end);
    this.handler.tick();
    return true;
  }
}

class HeaderReader implements FrameHandler {
  readonly #assembly: Assembly;

  constructor(
    maxBytes: number,
    private readonly handler: MessageHandler,
  ) {
    this.#assembly = new Assembly(maxBytes, (...message) => handler.message(...message));
  }

  frame(bytes: Buffer, start: number, end: number, kept: boolean): boolean {
    const message = start + HEADER_BYTES;
    if (message < end && bytes[start] === VERSION && bytes[start + 1] === HEADER && bytes[start + 2] === 0) {
      return this.handler.message(bytes, message, end, kept);
    }
    if (isFragment(bytes, start, end)) return this.#assembly.frame(bytes, start, end, kept);
    if (start !== end) throw invalid(bytes, start, end);
    this.handler.tick();
    return true;
  }

  begin(bytes: Buffer, start: number, end: number): FrameRest | undefined {
    return isFragment(bytes, start, end) ? this.#assembly.begin(bytes, start, end) : undefined;
  }
}

function isFragment(bytes: Buffer, start: number, end: number): boolean {
  if (end - start < 2 || bytes[start] !== VERSION) return false;
  const form = bytes[start + 1];
  return form === FIRST_FRAGMENT || form === NEXT_FRAGMENT;
}

function invalid(bytes: Buffer, start: number, end: number): HiddenNodeError {
  const first = bytes.subarray(start, Math.min(end, start + 3)).join(', ');
  return new HiddenNodeError('decode_invalid', `a frame begins with ${first}`);
}
