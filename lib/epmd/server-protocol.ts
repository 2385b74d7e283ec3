/**
 * The EPMD protocol from the side of the server: what a request asks, and the bytes of each answer.
 *
 * Follows "EPMD Protocol" in the chapter "Distribution Protocol" of the ERTS User's Guide, and where that is silent the epmd of
 * OTP 25: what it closes the connection for is no request here, and what it answers is answered here, byte for byte. Pure
 * functions: no socket, no clock.
 */
import { countCodePoints, decodeUtf8 } from '../term/utf8.ts';
import type { Entry, Registration } from './name-table.ts';
import {
  ALIVE2_REQ,
  ALIVE2_RESP,
  ALIVE2_X_RESP,
  DUMP_REQ,
  KILL_REQ,
  NAMES_REQ,
  PORT_PLEASE2_REQ,
  PORT2_RESP,
  STOP_REQ,
} from './tags.ts';

/** The longest request, without the two bytes of its length: what epmd's buffer of 3060 bytes takes. */
export const LONGEST_REQUEST = 3057;

/** Characters of a name that can be registered: those of an Erlang atom. */
const LONGEST_NAME = 255;

/** Bytes of a name, and of the extra bytes, that can be registered: 255 characters of four bytes. */
const LONGEST_FIELD = 1020;

/** The version of the distribution protocol from which on a creation has 32 bits. */
export const WIDE_CREATION = 6;

/** What stands for a creation in the refusal of a registration. */
const NO_CREATION = 99;

/** What a peer asks. */
export type Request =
  /** ALIVE2_REQ; without `registration` when the name or the extra bytes are none that can be registered. */
  | { kind: 'alive'; highestVersion: number; registration: Registration | undefined }
  | { kind: 'port'; name: string }
  | { kind: 'names' }
  | { kind: 'dump' }
  | { kind: 'kill' }
  /** STOP_REQ; without a name when the bytes are none that anybody can have. */
  | { kind: 'stop'; name: string | undefined };

/**
 * What a request asks.
 *
 * @param body - one whole request behind its length, at least one byte
 * @returns undefined for what is no request: EPMD closes the connection without an answer
 */
export function parseRequest(body: Buffer): Request | undefined {
  switch (body[0]) {
    case ALIVE2_REQ:
      return aliveRequest(body);
    case PORT_PLEASE2_REQ:
      return portRequest(body);
    case NAMES_REQ:
      return { kind: 'names' };
    case DUMP_REQ:
      return { kind: 'dump' };
    case KILL_REQ:
      return { kind: 'kill' };
    case STOP_REQ:
      return stopRequest(body);
    default:
      return undefined;
  }
}

function aliveRequest(body: Buffer): Request | undefined {
  // One byte of a name, or of extra bytes, is the least.
  if (body.length < 14) return undefined;
  const nameEnd = 11 + body.readUInt16BE(9);
  if (nameEnd + 2 > body.length) return undefined;
  const extraEnd = nameEnd + 2 + body.readUInt16BE(nameEnd);
  if (extraEnd > body.length) return undefined;
  if (body.subarray(11, nameEnd).includes(0)) return undefined;
  const name = registrableName(body, 11, nameEnd);
  const extra = body.subarray(nameEnd + 2, extraEnd);
  const highestVersion = body.readUInt16BE(5);
  if (name === undefined || extra.length > LONGEST_FIELD) {
    return { kind: 'alive', highestVersion, registration: undefined };
  }
  const registration = {
    name,
    port: body.readUInt16BE(1),
    nodeType: body[3]!,
    protocol: body[4]!,
    highestVersion,
    lowestVersion: body.readUInt16BE(7),
    // A copy: the request lies in a larger buffer, which a name would keep alive.
    extra: Buffer.from(extra),
  };
  return { kind: 'alive', highestVersion, registration };
}

function registrableName(body: Buffer, start: number, end: number): string | undefined {
  if (end - start > LONGEST_FIELD) return undefined;
  const name = decodeUtf8(body, start, end);
  return name === undefined || countCodePoints(name, LONGEST_NAME) > LONGEST_NAME ? undefined : name;
}

function portRequest(body: Buffer): Request | undefined {
  // The NUL that old nodes send behind the name does not count.
  const end = body.at(-1) === 0 ? body.length - 1 : body.length;
  if (end < 2 || body.subarray(1, end).includes(0)) return undefined;
  const name = decodeUtf8(body, 1, end);
  // epmd counts the NUL behind the name as a character of it, so it never finds a name of 255.
  if (name === undefined || countCodePoints(name, LONGEST_NAME) >= LONGEST_NAME) return undefined;
  return { kind: 'port', name };
}

function stopRequest(body: Buffer): Request | undefined {
  if (body.length < 2) return undefined;
  const nul = body.indexOf(0, 1);
  return { kind: 'stop', name: decodeUtf8(body, 1, nul < 0 ? body.length : nul) };
}

/**
 * ALIVE2_X_RESP for a node that speaks version 6 or later, otherwise ALIVE2_RESP.
 *
 * @param highestVersion - of the node that asks
 * @param creation - what its name was registered under; undefined refuses it
 */
export function encodeAliveAnswer(highestVersion: number, creation: number | undefined): Buffer {
  const wide = highestVersion >= WIDE_CREATION;
  const answer = Buffer.alloc(wide ? 6 : 4);
  answer[0] = wide ? ALIVE2_X_RESP : ALIVE2_RESP;
  answer[1] = creation === undefined ? 1 : 0;
  if (wide) answer.writeUInt32BE(creation ?? NO_CREATION, 2);
  else answer.writeUInt16BE(creation ?? NO_CREATION, 2);
  return answer;
}

/** PORT2_RESP. @param entry - undefined when no node has the name */
export function encodePortAnswer(entry: Entry | undefined): Buffer {
  if (entry === undefined) return Buffer.of(PORT2_RESP, 1);
  const { node } = entry;
  const head = Buffer.of(PORT2_RESP, 0, 0, 0, node.nodeType, node.protocol, 0, 0, 0, 0, 0, 0);
  head.writeUInt16BE(node.port, 2);
  head.writeUInt16BE(node.highestVersion, 6);
  head.writeUInt16BE(node.lowestVersion, 8);
  const name = Buffer.from(node.name);
  head.writeUInt16BE(name.length, 10);
  const extraLength = Buffer.alloc(2);
  extraLength.writeUInt16BE(node.extra.length);
  return Buffer.concat([head, name, extraLength, node.extra]);
}

/** NAMES_RESP. @param port - that of EPMD itself */
export function encodeNamesAnswer(port: number, active: readonly Entry[]): Buffer {
  return listing(
    port,
    active.map(({ node }) => `name ${node.name} at port ${node.port}\n`),
  );
}

/** DUMP_RESP: the names that are registered, then those that were. Each line ends in a NUL, as epmd's do. */
export function encodeDumpAnswer(port: number, active: readonly Entry[], unused: readonly Entry[]): Buffer {
  return listing(port, [
    ...active.map(
      ({ node, connection }) => `active name     <${node.name}> at port ${node.port}, fd = ${connection}\n\0`,
    ),
    ...unused.map(
      ({ node, connection }) => `old/unused name <${node.name}>, port = ${node.port}, fd = ${connection} \n\0`,
    ),
  ]);
}

function listing(port: number, lines: readonly string[]): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(port);
  return Buffer.concat([head, Buffer.from(lines.join(''))]);
}

/** KILL_RESP: whether EPMD ends. */
export function encodeKillAnswer(accepted: boolean): Buffer {
  return Buffer.from(accepted ? 'OK' : 'NO');
}

/** STOP_RESP. For a name that it does not know, epmd says both. */
export function encodeStopAnswer(found: boolean): Buffer {
  return Buffer.from(found ? 'STOPPED' : 'NOEXISTSTOPPED');
}
