/**
 * A peer made by hand on a plain socket: it knows the handshake of the distribution protocol and nothing else, so that a test
 * can break it off, bend it, or finish it and send any bytes behind it.
 * Erlang documentation: "Distribution Protocol", section "Distribution Handshake".
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { LoopbackServer } from './loopback-server.ts';

/** What OTP 25 announces as a hidden node, without fragments and the atom cache. */
export const USUAL_FLAGS = 0xd07df7fbcn & ~0x802042n;

export function digest(cookie: string, challenge: number): Buffer {
  return createHash('md5').update(`${cookie}${challenge}`, 'latin1').digest();
}

/** Puts the length before a packet of the handshake. */
export function packet(...parts: (Buffer | string)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));
  const length = Buffer.alloc(2);
  length.writeUInt16BE(body.length);
  return Buffer.concat([length, body]);
}

/** Puts the length before a frame of an open connection. */
export function frame(...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

function numbers(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => {
    bytes.writeUInt32BE(value >>> 0, i * 4);
  });
  return bytes;
}

function flagBytes(flags: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(flags);
  return bytes;
}

function nameBytes(name: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(Buffer.byteLength(name, 'latin1'));
  return Buffer.concat([length, Buffer.from(name, 'latin1')]);
}

export interface HandmadeOptions {
  name: string;
  cookie: string;
  flags?: bigint;
  creation?: number;
}

/** The challenge that hand-made peers send. */
export const CHALLENGE = 0x1234_5678;

/** One connection of a hand-made peer. */
export class HandmadePeer {
  readonly #settings: Required<HandmadeOptions>;
  #bytes = Buffer.alloc(0);
  #changed: (() => void) | undefined;
  #ended = false;

  constructor(
    readonly socket: Socket,
    options: HandmadeOptions,
  ) {
    this.#settings = { flags: USUAL_FLAGS, creation: 77, ...options };
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#changed?.();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => this.#over());
    socket.on('end', () => this.#over());
  }

  static async connect(port: number, options: HandmadeOptions): Promise<HandmadePeer> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new HandmadePeer(socket, options);
  }

  /** True once the other side has closed. */
  get ended(): boolean {
    return this.#ended;
  }

  async untilEnded(): Promise<void> {
    while (!this.#ended) await this.#change();
  }

  write(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  destroy(): void {
    this.socket.destroy();
  }

  // The packets of the side that connects

  namePacket(): Buffer {
    const { name, flags, creation } = this.#settings;
    return packet('N', flagBytes(flags), numbers(creation), nameBytes(name));
  }

  replyPacket(challenge: number): Buffer {
    return packet('r', numbers(CHALLENGE), digest(this.#settings.cookie, challenge));
  }

  // The packets of the side that accepts

  challengePacket(): Buffer {
    const { name, flags, creation } = this.#settings;
    return packet('N', flagBytes(flags), numbers(CHALLENGE, creation), nameBytes(name));
  }

  acknowledgePacket(challenge: number): Buffer {
    return packet('a', digest(this.#settings.cookie, challenge));
  }

  /** The whole handshake of the side that connects. */
  async shakeHands(): Promise<this> {
    this.write(this.namePacket());
    const status = (await this.readPacket()).toString('latin1');
    if (!status.startsWith('sok')) throw new Error(`the status was ${status}`);
    const challenge = (await this.readPacket()).readUInt32BE(9);
    this.write(this.replyPacket(challenge));
    const acknowledge = await this.readPacket();
    if (!acknowledge.subarray(1).equals(digest(this.#settings.cookie, CHALLENGE))) throw new Error('wrong digest');
    return this;
  }

  /** The whole handshake of the side that accepts. */
  async answerHandshake(): Promise<this> {
    await this.readPacket();
    this.write(packet('sok'));
    this.write(this.challengePacket());
    const challenge = (await this.readPacket()).readUInt32BE(1);
    this.write(this.acknowledgePacket(challenge));
    return this;
  }

  /** The next packet of the handshake, without its length. */
  readPacket(): Promise<Buffer> {
    return this.#take(2, (bytes) => bytes.readUInt16BE());
  }

  /** The next frame of the open connection, without its length; an empty one is a tick. */
  readFrame(): Promise<Buffer> {
    return this.#take(4, (bytes) => bytes.readUInt32BE());
  }

  async #take(lengthBytes: number, readLength: (bytes: Buffer) => number): Promise<Buffer> {
    for (;;) {
      if (this.#bytes.length >= lengthBytes) {
        const end = lengthBytes + readLength(this.#bytes);
        if (this.#bytes.length >= end) {
          const body = this.#bytes.subarray(lengthBytes, end);
          this.#bytes = this.#bytes.subarray(end);
          return body;
        }
      }
      if (this.#ended) throw new Error('the other side closed the connection');
      await this.#change();
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#changed = resolve;
    });
  }

  #over(): void {
    this.#ended = true;
    this.#changed?.();
  }
}

/** A listener of the test's own: whoever connects is handed to `accept`. */
export class HandmadeListener extends LoopbackServer {
  private constructor(private readonly accept: (socket: Socket) => unknown) {
    super();
  }

  /** @param accept - by default, connections are accepted and nothing is ever said */
  static start(accept: (socket: Socket) => unknown = () => undefined): Promise<HandmadeListener> {
    return new HandmadeListener(accept).listen();
  }

  protected override connected(socket: Socket): void {
    this.accept(socket);
  }
}
