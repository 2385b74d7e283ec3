/**
 * A small codec of plain values: a tag, a length, the bytes. Nobody uses it. It does what the codec of the library must do as well
 * (look at types, write and read bytes, make Buffers), and it never changes, so the instructions that it takes tell what another V8
 * or another machine makes of such code. Change it only together with a new baseline.
 */

const FALSE = 0;
const TRUE = 1;
const NULL = 2;
const INTEGER = 3;
const FLOAT = 4;
const STRING = 5;
const BINARY = 6;
const ARRAY = 7;
const OBJECT = 8;

const buffer = Buffer.alloc(64 * 1024);
let offset = 0;
const float = Buffer.alloc(8);

/** The bytes of a plain value, of at most 64 KiB. */
export function encodePlain(value: unknown): Buffer {
  offset = 0;
  write(value);
  const bytes = Buffer.allocUnsafe(offset);
  buffer.copy(bytes, 0, 0, offset);
  return bytes;
}

function write(value: unknown): void {
  if (typeof value === 'number') writeNumber(value);
  else if (typeof value === 'string') writeString(value);
  else if (typeof value === 'boolean') buffer[offset++] = value ? TRUE : FALSE;
  else if (value === null || value === undefined) buffer[offset++] = NULL;
  else if (Array.isArray(value)) writeArray(value);
  else if (value instanceof Uint8Array) writeBinary(value);
  else writeObject(value as Record<string, unknown>);
}

function writeHead(tag: number, value: number): void {
  buffer[offset] = tag;
  buffer[offset + 1] = value >>> 24;
  buffer[offset + 2] = value >>> 16;
  buffer[offset + 3] = value >>> 8;
  buffer[offset + 4] = value;
  offset += 5;
}

function writeNumber(value: number): void {
  if ((value | 0) === value) {
    writeHead(INTEGER, value);
    return;
  }
  buffer[offset] = FLOAT;
  float.writeDoubleBE(value);
  for (let i = 0; i < 8; i++) buffer[offset + 1 + i] = float[i]!;
  offset += 9;
}

function writeString(value: string): void {
  const start = offset;
  offset += 5;
  const length = value.length < 32 ? writeShort(value) : buffer.write(value, offset);
  offset = start;
  writeHead(STRING, length);
  offset += length;
}

/** Short text in a loop of our own as long as it is ASCII; returns how many bytes it takes. */
function writeShort(value: string): number {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code > 127) return buffer.write(value, offset);
    buffer[offset + i] = code;
  }
  return value.length;
}

function writeBinary(value: Uint8Array): void {
  writeHead(BINARY, value.length);
  buffer.set(value, offset);
  offset += value.length;
}

function writeArray(value: readonly unknown[]): void {
  writeHead(ARRAY, value.length);
  for (let i = 0; i < value.length; i++) write(value[i]);
}

function writeObject(value: Record<string, unknown>): void {
  const keys = Object.keys(value);
  writeHead(OBJECT, keys.length);
  for (let i = 0; i < keys.length; i++) {
    writeString(keys[i]!);
    write(value[keys[i]!]);
  }
}

let input: Buffer = buffer;
let position = 0;

/** The plain value that {@link encodePlain} made the bytes of; an object becomes a `Map`. */
export function decodePlain(bytes: Buffer): unknown {
  input = bytes;
  position = 0;
  return read();
}

function read(): unknown {
  const tag = input[position++]!;
  if (tag <= TRUE) return tag === TRUE;
  if (tag === NULL) return null;
  if (tag === FLOAT) {
    position += 8;
    return input.readDoubleBE(position - 8);
  }
  const value = readHead();
  if (tag === INTEGER) return value;
  if (tag === STRING) return readString(value);
  if (tag === BINARY) return readBinary(value);
  return tag === ARRAY ? readArray(value) : readObject(value);
}

function readHead(): number {
  const at = position;
  position = at + 4;
  return (input[at]! << 24) | (input[at + 1]! << 16) | (input[at + 2]! << 8) | input[at + 3]!;
}

function readString(length: number): string {
  position += length;
  return input.toString('utf8', position - length, position);
}

function readBinary(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  bytes.set(input.subarray(position, position + length));
  position += length;
  return bytes;
}

function readArray(length: number): unknown[] {
  const values = new Array<unknown>(length);
  for (let i = 0; i < length; i++) values[i] = read();
  return values;
}

function readObject(size: number): Map<string, unknown> {
  const map = new Map<string, unknown>();
  for (let i = 0; i < size; i++) {
    position++;
    const key = readString(readHead());
    map.set(key, read());
  }
  return map;
}
