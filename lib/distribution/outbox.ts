/**
 * What a node has to say to one peer: written at once, sent as soon as there is a carrier, in the order it was said.
 *
 * Messages of one turn of the event loop go out together: the outbox is flushed by a microtask, or when a slab is full.
 */
import type { Carrier } from '../carrier/carrier.ts';
import type { Atom } from '../term/atom.ts';
import type { Pid } from '../term/pid.ts';
import type { Reference } from '../term/reference.ts';
import type { EncodableTerm } from '../term/term.ts';
import { writeMonitorExit } from './control/monitor.ts';
import { writeAliasSend, writeRegisteredSend, writeSend } from './control/send.ts';
import { writeUnlinkAcknowledgement } from './control/unlink.ts';
import { FrameWriter, recycle } from './frame-writer.ts';

const TICK = Buffer.alloc(4);

export class Outbox {
  /** Messages accepted so far. */
  messages = 0;
  /** Bytes of them and of ticks. */
  bytes = 0;
  /** True when something was sent since it was last set to false. */
  busy = false;
  readonly #writer = new FrameWriter();
  #carrier: Carrier | undefined;
  #flushing = false;
  #carriedBytes = 0;
  #lastFrom: Pid | undefined;
  #lastTo: Atom | undefined;
  #lastHeader: Buffer | undefined;

  /**
   * @param highWaterMark - bytes that may wait before sending answers false
   * @param sent - is called when everything that waited has been taken at once, so that no carrier will say `drained`
   */
  constructor(
    private readonly highWaterMark: number,
    private readonly sent: () => void,
  ) {}

  /** Bytes that wait, here or with the carrier. */
  get queuedBytes(): number {
    return this.#carriedBytes + this.#writer.pendingBytes;
  }

  /** Messages that have not been given to a carrier. */
  get unsentMessages(): number {
    return this.#writer.frames;
  }

  /** A message to a process. False: more than the high-water mark waits. */
  send(to: Pid, message: EncodableTerm): boolean {
    this.#writer.begin();
    writeSend(this.#writer, to);
    return this.#payload(message);
  }

  /** A message to a registered name. */
  registeredSend(from: Pid, to: Atom, message: EncodableTerm): boolean {
    const writer = this.#writer;
    writer.begin();
    if (from === this.#lastFrom && to === this.#lastTo) {
      writer.repeat(this.#lastHeader!);
    } else {
      writeRegisteredSend(writer, from, to);
      this.#lastHeader = writer.written();
      this.#lastFrom = from;
      this.#lastTo = to;
    }
    return this.#payload(message);
  }

  /** A message to an alias. */
  aliasSend(from: Pid, to: Reference, message: EncodableTerm): boolean {
    this.#writer.begin();
    writeAliasSend(this.#writer, from, to);
    return this.#payload(message);
  }

  /** `target`, a process or name of ours, has ended. */
  monitorExit(
    target: Pid | Atom,
    watcher: Pid,
    reference: Reference,
    reason: EncodableTerm,
    asPayload: boolean,
  ): boolean {
    this.#writer.begin();
    writeMonitorExit(this.#writer, target, watcher, reference, reason, asPayload);
    return this.#finish();
  }

  /** The peer's process no longer is linked. */
  unlinkAcknowledge(id: number | bigint, from: Pid, to: Pid): boolean {
    this.#writer.begin();
    writeUnlinkAcknowledgement(this.#writer, id, from, to);
    return this.#finish();
  }

  /** Keeps the connection alive when there is nothing to say. */
  tick(): void {
    this.bytes += TICK.length;
    this.#carrier?.write(TICK, 0, TICK.length);
  }

  /** From now on everything goes out through `carrier`, first what waits. */
  attach(carrier: Carrier): void {
    this.#carrier = carrier;
    this.flush();
  }

  /** Gives the carrier everything that waits. */
  flush(): void {
    const carrier = this.#carrier;
    if (carrier === undefined) return;
    for (const { bytes, end } of this.#writer.take()) {
      this.busy = true;
      if (carrier.write(bytes, 0, end)) recycle(bytes);
      else this.#carriedBytes += end;
    }
    if (this.#carriedBytes === 0) this.sent();
  }

  /** The carrier has nothing left to send. */
  drained(): void {
    this.#carriedBytes = 0;
  }

  /** Nothing goes out any more. */
  detach(): void {
    this.#carrier = undefined;
    this.#carriedBytes = 0;
    this.#writer.take();
  }

  #payload(message: EncodableTerm): boolean {
    const writer = this.#writer;
    writer.writeVersion();
    writer.writeTerm(message);
    return this.#finish();
  }

  #finish(): boolean {
    const writer = this.#writer;
    this.bytes += writer.finish();
    this.messages++;
    if (writer.slabIsFull) {
      this.flush();
    } else if (!this.#flushing) {
      this.#flushing = true;
      queueMicrotask(this.#onMicrotask);
    }
    return this.queuedBytes < this.highWaterMark;
  }

  readonly #onMicrotask = (): void => {
    this.#flushing = false;
    this.flush();
  };
}
