/** One connection to an EPMD that says any bytes, and hears what is answered. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { until } from './until.ts';

/** A request with its length in front; a list of hexadecimal digits, text after a `'`, or both. */
export function request(...parts: (string | Buffer)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? bytes(part) : part)));
  const length = Buffer.alloc(2);
  length.writeUInt16BE(body.length);
  return Buffer.concat([length, body]);
}

/** Bytes from hexadecimal digits, or from text that begins with `'`. */
export function bytes(text: string): Buffer {
  return text.startsWith("'") ? Buffer.from(text.slice(1)) : Buffer.from(text.replaceAll(' ', ''), 'hex');
}

/** ALIVE2_REQ of a normal node. */
export function alive(name: string | Buffer, options: { port?: number; high?: number; extra?: Buffer } = {}): Buffer {
  const { port = 4711, high = 6, extra = Buffer.alloc(0) } = options;
  const nameBytes = Buffer.from(name as string);
  const head = Buffer.alloc(11);
  head.writeUInt8(120, 0);
  head.writeUInt16BE(port, 1);
  head.writeUInt8(77, 3);
  head.writeUInt16BE(high, 5);
  head.writeUInt16BE(5, 7);
  head.writeUInt16BE(nameBytes.length, 9);
  const extraLength = Buffer.alloc(2);
  extraLength.writeUInt16BE(extra.length);
  return request(head, nameBytes, extraLength, extra);
}

export const NAMES = request("'n");
export const DUMP = request("'d");
export const KILL = request("'k");

export class EpmdTalk {
  closed = false;
  #received: Buffer = Buffer.alloc(0);

  private constructor(
    readonly port: number,
    readonly socket: Socket,
  ) {
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
    });
    socket.on('error', () => undefined);
    socket.on('end', () => this.#gone());
    socket.on('close', () => this.#gone());
  }

  static async open(port: number, from: { host?: string; localAddress?: string } = {}): Promise<EpmdTalk> {
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, ...from });
    await once(socket, 'connect');
    return new EpmdTalk(port, socket);
  }

  /** Asks one thing in a connection of its own, and gives what has come when EPMD closes it. */
  static async ask(port: number, question: Buffer, host = '127.0.0.1'): Promise<Buffer> {
    const talk = await EpmdTalk.open(port, { host });
    talk.say(question);
    return talk.end();
  }

  get received(): Buffer {
    return this.#received;
  }

  say(what: Buffer): void {
    this.socket.write(what);
  }

  /** Waits until so many bytes have come. */
  async gets(count: number): Promise<Buffer> {
    await until(`${count} bytes`, () => this.closed || this.#received.length >= count);
    return this.#received;
  }

  /** Waits until EPMD has closed the connection. */
  async end(): Promise<Buffer> {
    await until('the end', () => this.closed);
    this.socket.destroy();
    return this.#received;
  }

  hangUp(): void {
    this.socket.destroy();
  }

  #gone(): void {
    this.closed = true;
  }
}
