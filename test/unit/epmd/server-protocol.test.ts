import { describe, expect, it } from 'vitest';
import { NameTable, type Registration } from '../../../lib/epmd/name-table.ts';
import {
  decodeAliveResponse,
  decodeNamesResponse,
  decodePortResponse,
  type EpmdNode,
  encodeAliveRequest,
  encodeNamesRequest,
  encodePortRequest,
} from '../../../lib/epmd/protocol.ts';
import {
  encodeAliveAnswer,
  encodeDumpAnswer,
  encodeNamesAnswer,
  encodePortAnswer,
  parseRequest,
} from '../../../lib/epmd/server-protocol.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

const node: EpmdNode = {
  name: 'jé',
  port: 0x1234,
  nodeType: 'hidden',
  protocol: 0,
  highestVersion: 6,
  lowestVersion: 5,
  extra: Buffer.from([9, 0]),
};
const registration: Registration = { ...node, nodeType: 72 };

/** A request of our own client, as a server gets it. */
const body = (request: Buffer) => request.subarray(2);

function entryOf(what: Partial<Registration> = {}, connection = 7) {
  return new NameTable(10).register({ ...registration, ...what }, connection)!;
}

describe('requests', () => {
  it('understands what our own client asks', () => {
    expect(parseRequest(body(encodeAliveRequest(node)))).toEqual({ kind: 'alive', highestVersion: 6, registration });
    expect(parseRequest(body(encodePortRequest('jé')))).toEqual({ kind: 'port', name: 'jé' });
    expect(parseRequest(body(encodeNamesRequest()))).toEqual({ kind: 'names' });
  });

  it('copies the extra bytes out of the buffer that they came in', () => {
    const bytes = body(encodeAliveRequest(node));
    const parsed = parseRequest(bytes);
    bytes.fill(0);
    expect(parsed).toMatchObject({ registration: { extra: Buffer.from([9, 0]) } });
  });

  it('knows no request in an empty one, in half of one, or in an answer', () => {
    const whole = body(encodeAliveRequest(node));
    for (let length = 0; length < whole.length; length++) {
      expect(parseRequest(whole.subarray(0, length))).toBeUndefined();
    }
    for (const tag of [0, 118, 119, 121, 255]) expect(parseRequest(Buffer.of(tag, 1, 2))).toBeUndefined();
  });

  it('gives no name that nobody can have', () => {
    expect(parseRequest(hex('73ff'))).toEqual({ kind: 'stop', name: undefined });
    expect(parseRequest(hex('736100ff'))).toEqual({ kind: 'stop', name: 'a' });
    expect(parseRequest(hex('7aff'))).toBeUndefined();
    expect(parseRequest(hex('78 1234 48 00 0006 0005 0001 ff 0000'))).toEqual({
      kind: 'alive',
      highestVersion: 6,
      registration: undefined,
    });
  });
});

describe('answers', () => {
  it('are understood by our own client', () => {
    expect(decodeAliveResponse(encodeAliveAnswer(6, 0xfffffffe))).toEqual({ accepted: true, creation: 0xfffffffe });
    expect(decodeAliveResponse(encodeAliveAnswer(5, 3))).toEqual({ accepted: true, creation: 3 });
    expect(decodeAliveResponse(encodeAliveAnswer(6, undefined))).toEqual({ accepted: false, creation: 99 });
    expect(decodePortResponse(encodePortAnswer(entryOf()))).toEqual(node);
    expect(decodePortResponse(encodePortAnswer(undefined))).toBe('unknown');
    const entries = [entryOf(), entryOf({ name: 'b', port: 0 })];
    expect(decodeNamesResponse(encodeNamesAnswer(4369, entries))).toEqual([
      { name: 'jé', port: 0x1234 },
      { name: 'b', port: 0 },
    ]);
  });

  it('dumps names with the numbers of their connections', () => {
    expect(encodeDumpAnswer(1, [entryOf({}, 3)], [entryOf({ name: 'b' }, 4)]).toString()).toBe(
      '\0\0\0\x01active name     <jé> at port 4660, fd = 3\n\0old/unused name <b>, port = 4660, fd = 4 \n\0',
    );
  });
});
