/**
 * A link is a carrier after its handshake: it hears what the peer says, and keeps the connection alive.
 * Erlang documentation: "Distribution Protocol", section "Protocol between Connected Nodes"; kernel, `net_ticktime`.
 */
import type { Carrier } from '../carrier/carrier.ts';
import { chunkOf } from '../carrier/chunk.ts';
import { HiddenNodeError, isHiddenNodeError } from '../errors.ts';
import type { DecodeOptions } from '../term/decoder.ts';
import { Pid } from '../term/pid.ts';
import type { SignalHandler } from './control/signals.ts';
import { CONTROL_READERS } from './control/table.ts';
import { FLAGS } from './flags.ts';
import { FrameReader } from './frame-reader.ts';
import type { Peer } from './handshake.ts';
import { Intake } from './intake.ts';
import { messageReader } from './message-reader.ts';
import type { Outbox } from './outbox.ts';
import { PayloadDecoder } from './payload-decoder.ts';
import { RepeatedControl } from './repeated-control.ts';
import { Ticker } from './ticker.ts';

const NOTHING = Buffer.alloc(0);

/** How the links of a node behave. */
export interface LinkOptions {
  decode: DecodeOptions;
  /** The longest message that is taken, in bytes. */
  maxFrameBytes: number;
  /** A peer that is silent for this long, in milliseconds, is down. */
  netTickTime: number;
}

/** What a link tells of itself. */
export interface LinkHandler {
  /** The link is over. Told once, also after {@link Link.close}. */
  down(reason: HiddenNodeError): void;
  /** Everything that waited to be sent has been sent. */
  drained(): void;
}

/** Figures of one link since it came up. */
export interface LinkStats {
  /** Where the peer is, such as `127.0.0.1:40123`. */
  remote: string;
  messagesIn: number;
  messagesOut: number;
  bytesIn: number;
  bytesOut: number;
  /** Bytes that wait to be sent. */
  queuedBytes: number;
  /** Milliseconds since the peer was last heard. */
  lastHeard: number;
  ticksIn: number;
  ticksOut: number;
  /** Control messages that this node has no use for. */
  ignored: number;
  /** Whether nothing is read at the moment, because a mailbox is at its bound. */
  paused: boolean;
  /** Milliseconds for which nothing was read because of that, in all. */
  pausedTime: number;
}

export class Link {
  readonly #repeated = new RepeatedControl();
  readonly #decoder: PayloadDecoder;
  readonly #reader: FrameReader;
  readonly #intake: Intake;
  readonly #ticker: Ticker;
  #over = false;
  #heardAt = performance.now();
  #messagesIn = 0;
  #bytesIn = 0;
  #ticksIn = 0;
  #ignored = 0;

  /**
   * @param peer - who the handshake found
   * @param carrier - paused; the link owns it from now on
   * @param outbox - what waits in it is sent first
   * @param signals - hears what the peer says
   * @param handler - hears how the link fares
   */
  constructor(
    readonly peer: Peer,
    private readonly carrier: Carrier,
    readonly outbox: Outbox,
    private readonly signals: SignalHandler,
    private readonly handler: LinkHandler,
    private readonly options: LinkOptions,
  ) {
    outbox.meet(peer.flags);
    const headers = (peer.flags & FLAGS.FRAGMENTS) !== 0n;
    this.#decoder = new PayloadDecoder(options.decode, headers, this.#repeated);
    const messages = messageReader(headers, options.maxFrameBytes, {
      message: (bytes, start, end, kept) => this.#message(bytes, start, end, kept),
      tick: () => {
        this.#ticksIn++;
      },
    });
    this.#reader = new FrameReader(options.maxFrameBytes, messages);
    const intake = new Intake(peer.name, carrier, () => this.#tell(() => this.#reader.resume()));
    this.#intake = intake;
    const silent = (): void => this.#fail(this.#silence());
    this.#ticker = new Ticker(options.netTickTime, carrier, outbox, () => intake.held, silent);
  }

  /** Begins to send and to read, starting with what came behind the handshake. */
  start(rest: Buffer): void {
    this.carrier.handler = {
      received: (bytes, length) => this.#received(bytes, length),
      drained: () => this.handler.drained(),
      ended: (error) => this.#fail(this.#connectionLost(error)),
    };
    this.outbox.attach(this.carrier);
    if (rest.length > 0) this.#received(rest, rest.length);
    if (!this.#over && !this.#intake.held) this.carrier.resume();
  }

  stats(): LinkStats {
    return {
      remote: this.carrier.remote,
      messagesIn: this.#messagesIn,
      messagesOut: this.outbox.messages,
      bytesIn: this.#bytesIn,
      bytesOut: this.outbox.bytes,
      queuedBytes: this.outbox.queuedBytes,
      lastHeard: performance.now() - this.#heardAt,
      ticksIn: this.#ticksIn,
      ticksOut: this.#ticker.ticks,
      ignored: this.#ignored,
      paused: this.#intake.held,
      pausedTime: this.#intake.heldTime,
    };
  }

  /** As {@link Outbox.mark}, also while the link closes and what waits still goes out. */
  mark(released: () => void): void {
    if (this.#over) this.carrier.send([{ ...chunkOf(NOTHING), released }]);
    else this.outbox.mark(released);
  }

  /**
   * Sends what waits, then closes. `down` is told at once.
   *
   * @param timeout - milliseconds for the peer to take what waits
   */
  async close(reason: HiddenNodeError, timeout: number): Promise<void> {
    if (this.#over) return;
    this.outbox.flush();
    this.#settle(reason);
    await this.carrier.end(timeout);
  }

  #received(bytes: Buffer, length: number): void {
    this.#heardAt = performance.now();
    this.#bytesIn += length;
    this.#ticker.heard();
    this.#tell(() => this.#reader.push(bytes, length));
  }

  /** Runs what hands over frames. */
  #tell(cut: () => void): void {
    const { signals } = this;
    // What is told may make another link tell something, over a stream within this process.
    const outer = signals.source;
    signals.source = this.#intake;
    try {
      cut();
    } catch (error) {
      this.#fail(this.#malformed(error));
    } finally {
      signals.source = outer;
    }
    // A large message came in a buffer of its own, which the decoder would otherwise keep until the next one.
    this.#decoder.reset(NOTHING);
  }

  #message(bytes: Buffer, start: number, end: number, kept: boolean): boolean {
    this.#intake.bytes = end - start;
    this.#decoder.kept = kept;
    if (this.#repeated.begins(bytes, start, end)) this.#repeat(bytes, start, end);
    else this.#control(bytes, start, end);
    if (this.#intake.held) return false;
    this.#messagesIn++;
    return !this.#over;
  }

  /** A message for whoever got the one before. */
  #repeat(bytes: Buffer, start: number, end: number): void {
    const { to, length } = this.#repeated;
    this.#decoder.reset(bytes, start + length, end);
    if (to instanceof Pid) this.signals.send(to, this.#decoder);
    else this.signals.registeredSend(to!, this.#decoder);
  }

  #control(bytes: Buffer, start: number, end: number): void {
    const decoder = this.#decoder;
    decoder.reset(bytes, start, end);
    const arity = decoder.readTupleHeader();
    const operation = decoder.readSmallInteger();
    const read = CONTROL_READERS[operation];
    if (read !== undefined) return read(decoder, this.signals, arity);
    this.#ignored++;
    this.signals.ignored(operation);
  }

  #malformed(cause: unknown): HiddenNodeError {
    if (isHiddenNodeError(cause, 'frame_too_large')) return cause;
    const what = cause instanceof Error ? cause.message : String(cause);
    const facts = { peer: this.peer.name, remote: this.carrier.remote };
    return new HiddenNodeError('malformed_frame', `${this.peer.name} sent a malformed message: ${what}`, facts, cause);
  }

  #silence(): HiddenNodeError {
    const { netTickTime } = this.options;
    const { name } = this.peer;
    return new HiddenNodeError('net_tick_timeout', `${name} was silent for ${netTickTime} ms`, {
      peer: name,
      netTickTime,
    });
  }

  #connectionLost(cause: HiddenNodeError | undefined): HiddenNodeError {
    const { name } = this.peer;
    const facts = { peer: name, remote: this.carrier.remote };
    return new HiddenNodeError('noconnection', `the connection to ${name} was closed`, facts, cause);
  }

  #fail(reason: HiddenNodeError): void {
    if (this.#over) return;
    this.#settle(reason);
    this.carrier.destroy();
  }

  #settle(reason: HiddenNodeError): void {
    this.#over = true;
    this.#ticker.stop();
    this.#intake.stop();
    this.outbox.detach();
    this.handler.down(reason);
  }
}
