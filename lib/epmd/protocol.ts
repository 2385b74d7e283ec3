/**
 * The EPMD protocol as values: every request and answer that a node uses, between bytes and plain objects. The side of the
 * server is in server-protocol.ts.
 *
 * Follows "EPMD Protocol" in the chapter "Distribution Protocol" of the ERTS User's Guide. Pure functions: no socket, no
 * clock. Decoders of answers take what has arrived so far and give undefined while more is needed, so that a reader
 * needs no lengths of its own; whatever cannot become a valid answer any more throws `epmd_protocol`.
 */
import { HiddenNodeError } from '../errors.ts';
import {
  ALIVE2_REQ,
  ALIVE2_RESP,
  ALIVE2_X_RESP,
  HIDDEN_NODE,
  NAMES_REQ,
  NORMAL_NODE,
  PORT_PLEASE2_REQ,
  PORT2_RESP,
} from './tags.ts';

/** A node as EPMD lists it: other nodes connect to a `normal` one by themselves, to a `hidden` one only on request. */
export type NodeType = 'normal' | 'hidden';

/** What a node tells EPMD about itself (ALIVE2_REQ), and what EPMD tells others (PORT2_RESP). */
export interface EpmdNode {
  /** The part of the node name before the `@`. */
  name: string;
  /** The TCP port where the node listens for other nodes, 0 to 65535. */
  port: number;
  nodeType: NodeType;
  /** 0 is TCP, the only protocol there is. */
  protocol: number;
  /** The highest version of the distribution protocol that the node speaks: 6 since OTP 23. */
  highestVersion: number;
  /** The lowest version of the distribution protocol that the node speaks. */
  lowestVersion: number;
  /** Bytes without a meaning of their own; no known node sends any. */
  extra: Buffer;
}

/** EPMD's answer to a registration. */
export interface AliveResponse {
  accepted: boolean;
  /** The number that EPMD would tell this incarnation of the name from others by; 16 bits in the old form of the answer. */
  creation: number;
}

/** One line of a NAMES_RESP. */
export interface RegisteredName {
  name: string;
  port: number;
}

/** Bytes that EPMD may send in answer to each request. Anything longer is not EPMD. */
export const ANSWER_LIMITS = {
  alive: 6,
  /** EPMD itself bounds name and extra to 1020 bytes each. */
  port: 4096,
  names: 1 << 20,
} as const;

const NODE_TYPES: Readonly<Record<NodeType, number>> = { normal: NORMAL_NODE, hidden: HIDDEN_NODE };

/** The longest name in bytes: the limit of an Erlang atom, and of EPMD for names of ASCII. */
const LONGEST_NAME = 255;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * ALIVE2_REQ: registers a node, for as long as the connection stays open.
 *
 * @param node - the node; its name at most 255 bytes of UTF-8
 * @returns the request with its length in front
 * @throws HiddenNodeError `invalid_node_name`; `invalid_argument` for a number out of its range
 */
export function encodeAliveRequest(node: EpmdNode): Buffer {
  const name = nameBytes(node.name);
  const head = Buffer.alloc(11);
  head.writeUInt8(ALIVE2_REQ, 0);
  head.writeUInt16BE(unsigned('port', node.port, 0xffff), 1);
  head.writeUInt8(unsigned('nodeType', NODE_TYPES[node.nodeType], 0xff), 3);
  head.writeUInt8(unsigned('protocol', node.protocol, 0xff), 4);
  head.writeUInt16BE(unsigned('highestVersion', node.highestVersion, 0xffff), 5);
  head.writeUInt16BE(unsigned('lowestVersion', node.lowestVersion, 0xffff), 7);
  head.writeUInt16BE(name.length, 9);
  return framed(head, name, length16(node.extra.length), node.extra);
}

/**
 * PORT_PLEASE2_REQ: asks for one node.
 *
 * @param name - the part of the node name before the `@`
 * @returns the request with its length in front
 * @throws HiddenNodeError `invalid_node_name`
 */
export function encodePortRequest(name: string): Buffer {
  return framed(Buffer.of(PORT_PLEASE2_REQ), nameBytes(name));
}

/** NAMES_REQ: asks for every registered name. */
export function encodeNamesRequest(): Buffer {
  return framed(Buffer.of(NAMES_REQ));
}

/**
 * ALIVE2_X_RESP (tag 118, a creation of 32 bits), or ALIVE2_RESP (tag 121, 16 bits) of an EPMD before OTP 23.
 *
 * @param bytes - what has arrived so far
 * @returns the answer, or undefined while it is incomplete
 * @throws HiddenNodeError `epmd_protocol`
 */
export function decodeAliveResponse(bytes: Buffer): AliveResponse | undefined {
  const tag = bytes[0];
  if (tag === undefined) return undefined;
  if (tag !== ALIVE2_X_RESP && tag !== ALIVE2_RESP) throw wrongTag(tag, 'a registration');
  const length = tag === ALIVE2_X_RESP ? 6 : 4;
  if (bytes.length < length) return undefined;
  if (bytes.length > length) throw violation(`sent ${bytes.length - length} bytes more than an answer has`);
  return { accepted: bytes[1] === 0, creation: length === 6 ? bytes.readUInt32BE(2) : bytes.readUInt16BE(2) };
}

/**
 * PORT2_RESP. Bytes behind a complete answer are left alone, as Erlang leaves them.
 *
 * @param bytes - what has arrived so far
 * @returns the node, `'unknown'` when EPMD has no node of the name, or undefined while the answer is incomplete
 * @throws HiddenNodeError `epmd_protocol`
 */
export function decodePortResponse(bytes: Buffer): EpmdNode | 'unknown' | undefined {
  if (bytes.length > 0 && bytes[0] !== PORT2_RESP) throw wrongTag(bytes[0]!, 'a look-up');
  if (bytes.length < 2) return undefined;
  if (bytes[1] !== 0) return 'unknown';
  if (bytes.length < 12) return undefined;
  const nodeType = nodeTypeOf(bytes[4]!);
  const extraLengthAt = 12 + bytes.readUInt16BE(10);
  if (extraLengthAt + 2 > ANSWER_LIMITS.port) throw violation('announced a name longer than any name');
  if (bytes.length < extraLengthAt + 2) return undefined;
  const end = extraLengthAt + 2 + bytes.readUInt16BE(extraLengthAt);
  if (end > ANSWER_LIMITS.port) throw violation('announced more extra bytes than EPMD keeps');
  if (bytes.length < end) return undefined;
  return {
    name: textOf(bytes.subarray(12, extraLengthAt)),
    port: bytes.readUInt16BE(2),
    nodeType,
    protocol: bytes[5]!,
    highestVersion: bytes.readUInt16BE(6),
    lowestVersion: bytes.readUInt16BE(8),
    extra: Buffer.from(bytes.subarray(extraLengthAt + 2, end)),
  };
}

/**
 * NAMES_RESP: the port of EPMD itself (4 bytes), then one line of text per node. Only the end of the connection ends it.
 *
 * @param bytes - the whole answer
 * @returns the names in EPMD's order: the latest registered first
 * @throws HiddenNodeError `epmd_protocol`, also for an answer that ends within a line
 */
export function decodeNamesResponse(bytes: Buffer): RegisteredName[] {
  if (bytes.length < 4) throw violation(`ended its list of names after ${bytes.length} of at least 4 bytes`);
  const text = textOf(bytes.subarray(4));
  if (text === '') return [];
  if (!text.endsWith('\n')) throw violation('ended its list of names within a line');
  return text.slice(0, -1).split('\n').map(registeredName);
}

function registeredName(line: string): RegisteredName {
  const [, name, digits] = /^name (.+) at port (\d{1,5})$/.exec(line) ?? [];
  const port = Number(digits);
  if (name === undefined || port > 0xffff) throw violation('sent a line in its list of names that names no node');
  return { name, port };
}

/** What EPMD did wrong, without the address: whoever holds the connection adds that. */
function violation(what: string): HiddenNodeError {
  return new HiddenNodeError('epmd_protocol', `EPMD ${what}`, { violation: what });
}

function wrongTag(tag: number, to: string): HiddenNodeError {
  return violation(`answered ${to} with a message of tag ${tag}`);
}

function nodeTypeOf(byte: number): NodeType {
  if (byte === NODE_TYPES.normal) return 'normal';
  if (byte === NODE_TYPES.hidden) return 'hidden';
  throw violation(`answered with a node of type ${byte}`);
}

function textOf(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw violation('sent a name that is not UTF-8');
  }
}

function nameBytes(name: string): Buffer {
  const bytes = Buffer.from(name, 'utf8');
  // EPMD takes the name as a string that ends at a NUL; a lone surrogate does not survive UTF-8.
  const exact = !bytes.includes(0) && bytes.toString('utf8') === name;
  if (exact && bytes.length > 0 && bytes.length <= LONGEST_NAME) return bytes;
  const reason = `a name in EPMD is 1 to ${LONGEST_NAME} bytes of UTF-8 without a NUL`;
  throw new HiddenNodeError('invalid_node_name', `EPMD cannot hold the name '${name}': ${reason}`, { name, reason });
}

function unsigned(what: string, value: number, highest: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= highest) return value;
  throw new HiddenNodeError('invalid_argument', `${what} is an integer from 0 to ${highest}, not ${value}`, {
    [what]: value,
  });
}

function length16(length: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(unsigned('length', length, 0xffff));
  return bytes;
}

function framed(...parts: Buffer[]): Buffer {
  const request = Buffer.concat(parts);
  return Buffer.concat([length16(request.length), request]);
}
