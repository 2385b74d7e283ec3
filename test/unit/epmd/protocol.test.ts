import { describe, expect, it } from 'vitest';
import {
  decodeAliveResponse,
  decodeNamesResponse,
  decodePortResponse,
  type EpmdNode,
  encodeAliveRequest,
  encodeNamesRequest,
  encodePortRequest,
} from '../../../lib/epmd/protocol.ts';

const node: EpmdNode = {
  name: 'js',
  port: 0x1234,
  nodeType: 'hidden',
  protocol: 0,
  highestVersion: 6,
  lowestVersion: 5,
  extra: Buffer.from([9]),
};

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const protocolError = expect.objectContaining({ code: 'epmd_protocol' });

/** A complete PORT2_RESP of a hidden node `js` on port 0x1234 with one extra byte. */
const PORT2 = hex('77 00 1234 48 00 0006 0005 0002 6a73 0001 09');

describe('requests', () => {
  it('writes ALIVE2_REQ as the specification lays it out', () => {
    expect(encodeAliveRequest(node)).toEqual(hex('0010 78 1234 48 00 0006 0005 0002 6a73 0001 09'));
    expect(encodeAliveRequest({ ...node, nodeType: 'normal' })[5]).toBe(77);
  });

  it('writes PORT_PLEASE2_REQ and NAMES_REQ', () => {
    expect(encodePortRequest('js')).toEqual(hex('0003 7a 6a73'));
    expect(encodeNamesRequest()).toEqual(hex('0001 6e'));
  });

  it('writes names as UTF-8 and counts bytes', () => {
    expect(encodePortRequest('é')).toEqual(hex('0003 7a c3a9'));
    expect(() => encodePortRequest('é'.repeat(127))).not.toThrow();
    expect(() => encodePortRequest('é'.repeat(128))).toThrow(expect.objectContaining({ code: 'invalid_node_name' }));
  });

  it.each(['', 'a\0b', '\ud800', 'x'.repeat(256)])('refuses the name %j', (name) => {
    const refusal = expect.objectContaining({ code: 'invalid_node_name', facts: expect.objectContaining({ name }) });
    expect(() => encodePortRequest(name)).toThrow(refusal);
    expect(() => encodeAliveRequest({ ...node, name })).toThrow(refusal);
  });

  it.each([
    { port: -1 },
    { port: 65536 },
    { port: 1.5 },
    { highestVersion: 65536 },
    { lowestVersion: -1 },
    { protocol: 256 },
    { extra: Buffer.alloc(65536) },
    { nodeType: 'visible' as never },
  ])('refuses %j', (wrong) => {
    expect(() => encodeAliveRequest({ ...node, ...wrong })).toThrow(
      expect.objectContaining({ code: 'invalid_argument' }),
    );
  });
});

describe('decodeAliveResponse', () => {
  it('reads 32-bit creations (118) and 16-bit ones (121)', () => {
    expect(decodeAliveResponse(hex('76 00 fffffffe'))).toEqual({ accepted: true, creation: 0xfffffffe });
    expect(decodeAliveResponse(hex('79 00 0003'))).toEqual({ accepted: true, creation: 3 });
  });

  it('reads a refusal: any result above 0', () => {
    expect(decodeAliveResponse(hex('76 01 00000063'))?.accepted).toBe(false);
    expect(decodeAliveResponse(hex('79 ff 0063'))?.accepted).toBe(false);
  });

  it.each(['76 00 00000001', '79 00 0001'])('waits for more at every shorter length of %s', (text) => {
    const whole = hex(text);
    for (let length = 0; length < whole.length; length++) {
      expect(decodeAliveResponse(whole.subarray(0, length))).toBeUndefined();
    }
  });

  it.each(['77', '00', 'ff 00 0001', '76 00 00000001 00', '79 00 0001 0000'])('refuses %s', (text) => {
    expect(() => decodeAliveResponse(hex(text))).toThrow(protocolError);
  });
});

describe('decodePortResponse', () => {
  it('reads a node', () => {
    expect(decodePortResponse(PORT2)).toEqual(node);
    const normal = Buffer.from(PORT2);
    normal[4] = 77;
    expect(decodePortResponse(normal)).toMatchObject({ nodeType: 'normal' });
  });

  it('reads that the name is unknown', () => {
    expect(decodePortResponse(hex('77 01'))).toBe('unknown');
  });

  it('waits for more at every shorter length', () => {
    for (let length = 0; length < PORT2.length; length++) {
      expect(decodePortResponse(PORT2.subarray(0, length))).toBeUndefined();
    }
  });

  it('leaves what follows a complete answer alone', () => {
    expect(decodePortResponse(Buffer.concat([PORT2, hex('00 00')]))).toEqual(node);
  });

  it('keeps its own copy of the extra bytes', () => {
    const bytes = Buffer.from(PORT2);
    const found = decodePortResponse(bytes) as EpmdNode;
    bytes.fill(0);
    expect(found.extra).toEqual(Buffer.from([9]));
  });

  it.each([
    ['another tag', '76 00'],
    ['an unknown node type', '77 00 1234 49 00 0006 0005 0002 6a73 0000'],
    ['a name longer than the limit, before it has arrived', '77 00 1234 48 00 0006 0005 ffff'],
    ['extra bytes above the limit, before they have arrived', '77 00 1234 48 00 0006 0005 0002 6a73 ffff'],
    ['a name that is not UTF-8', '77 00 1234 48 00 0006 0005 0002 ff73 0000'],
  ])('refuses %s', (_what, text) => {
    expect(() => decodePortResponse(hex(text))).toThrow(protocolError);
  });
});

describe('decodeNamesResponse', () => {
  const answer = (text: string) => Buffer.concat([hex('00001111'), Buffer.from(text)]);

  it('reads the names in order', () => {
    expect(decodeNamesResponse(answer(''))).toEqual([]);
    expect(decodeNamesResponse(answer('name b at port 2\nname é at port 65535\n'))).toEqual([
      { name: 'b', port: 2 },
      { name: 'é', port: 65535 },
    ]);
  });

  it('takes a name that reads like the rest of the line', () => {
    expect(decodeNamesResponse(answer('name a at port 1 at port 2\n'))).toEqual([{ name: 'a at port 1', port: 2 }]);
  });

  it('refuses an answer that ends at any length within a line', () => {
    const whole = answer('name a at port 12\n');
    for (let length = 0; length < whole.length; length++) {
      if (length === 4) continue; // An EPMD without names ends here.
      expect(() => decodeNamesResponse(whole.subarray(0, length)), `${length} bytes`).toThrow(protocolError);
    }
  });

  it.each(['garbage\n', 'name  at port 1\n', 'name a at port 65536\n', 'name a at port x\n', '\n', 'name \xff'])(
    'refuses %j',
    (text) => {
      const bytes = Buffer.concat([hex('00001111'), Buffer.from(text, 'latin1')]);
      expect(() => decodeNamesResponse(bytes)).toThrow(protocolError);
    },
  );
});
