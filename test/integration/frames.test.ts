/** What a peer may send after a proper handshake: everything that is no message costs it its link, and nobody else anything. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  atom,
  type EncodableTerm,
  encode,
  type HiddenNode,
  HiddenNodeError,
  type Mailbox,
  Pid,
  tuple,
} from '../../lib/index.ts';
import { Cluster, type NamedErlang, uniqueName } from '../helpers/cluster.ts';
import { frame, HandmadeListener, HandmadePeer, packet } from '../helpers/handmade-peer.ts';
import { until } from '../helpers/until.ts';

const PASS_THROUGH = Buffer.from([112]);
const MAX_FRAME = 1024 * 1024;

let cluster: Cluster;
let beam: NamedErlang;
let node: HiddenNode;
let inbox: Mailbox;
let peer: HandmadePeer;
let peerName: string;
let downs: { name: string; reason: HiddenNodeError }[];

beforeAll(async () => {
  cluster = await Cluster.start();
  beam = await cluster.beam();
});

beforeEach(async () => {
  node = await cluster.node({ maxFrameBytes: MAX_FRAME });
  inbox = node.mailbox('inbox');
  downs = [];
  node.on('nodedown', (name, reason) => downs.push({ name, reason }));
  peerName = uniqueName('hostile');
  peer = await HandmadePeer.connect(node.port!, { name: peerName, cookie: cluster.cookie });
  await peer.shakeHands();
  await until('the link', () => node.nodes().includes(peerName));
  await node.connect(beam.name);
});

afterEach(async () => {
  peer.destroy();
  await cluster.stopNodes();
});
afterAll(() => cluster.stop());

function ownPid(): Pid {
  return new Pid(atom(peerName), 1, 0, 77);
}

/** A message to the registered name `inbox`, as one frame. */
function message(term: EncodableTerm, to = 'inbox'): Buffer {
  return frame(PASS_THROUGH, encode(tuple(6, ownPid(), atom(''), atom(to))), encode(term));
}

/** The peer is thrown out with the code, and the Erlang node beside it notices nothing. */
async function thrownOut(code: string): Promise<HiddenNodeError> {
  await until('the link to be closed', () => downs.length > 0);
  expect(downs.map(({ name, reason }) => `${name} ${reason.code}`)).toEqual([`${peerName} ${code}`]);
  await peer.untilEnded();
  expect(node.nodes()).toEqual([beam.name]);
  await beam.erlang.evaluate(`{inbox, '${node.name}'} ! from_erlang`);
  expect(await inbox.receive({ timeout: 5_000 })).toBe(atom('from_erlang'));
  return downs[0]!.reason;
}

async function stillLinked(): Promise<void> {
  peer.write(message(atom('still_here')));
  expect(await inbox.receive({ timeout: 5_000 })).toBe(atom('still_here'));
  expect(downs).toEqual([]);
}

/** A tuple header of the external format that promises more than follows. */
const hugeTuple = Buffer.from([131, 105, 0xff, 0xff, 0xff, 0xff]);
const control = (...elements: EncodableTerm[]) => encode(tuple(...elements));

describe('a frame that is no message', () => {
  const FRAMES: [string, () => Buffer][] = [
    ['of another type than pass through', () => frame(Buffer.from([68]), control(6))],
    ['with nothing behind its type', () => frame(PASS_THROUGH)],
    ['with a wrong version', () => frame(PASS_THROUGH, Buffer.from([130]), control(2).subarray(1))],
    ['whose control is no tuple', () => frame(PASS_THROUGH, encode(atom('hello')))],
    ['whose control is an empty tuple', () => frame(PASS_THROUGH, control())],
    ['whose operation is no number', () => frame(PASS_THROUGH, control(atom('send'), 1, 2))],
    ['whose operation is huge', () => frame(PASS_THROUGH, control(2n ** 70n, 1, 2))],
    [
      'whose control is cut off',
      () => frame(PASS_THROUGH, control(6, ownPid(), atom(''), atom('inbox')).subarray(0, 20)),
    ],
    ['whose control promises four thousand million elements', () => frame(PASS_THROUGH, hugeTuple)],
    ['without its payload', () => frame(PASS_THROUGH, control(6, ownPid(), atom(''), atom('inbox')))],
    ['whose payload is cut off', () => message('payload').subarray(0, -3)],
    ['with bytes behind its payload', () => frame(message('payload').subarray(4), Buffer.from([1]))],
    [
      'whose payload promises a huge list',
      () => frame(message(1).subarray(4, -3), Buffer.from([131, 108, 255, 255, 255, 255])),
    ],
    ['whose payload is a compressed bomb', () => frame(message(1).subarray(4, -3), bomb())],
    [
      'whose payload is nested hundreds of thousands of times',
      () => frame(message(1).subarray(4, -3), nested(400_000)),
    ],
    ['that sends to something that is no pid', () => frame(PASS_THROUGH, control(2, atom(''), 42), encode(1))],
    [
      'that sends to a name that is no atom',
      () => frame(PASS_THROUGH, control(6, ownPid(), atom(''), 'inbox'), encode(1)),
    ],
    ['that sends to an alias that is no reference', () => frame(PASS_THROUGH, control(33, ownPid(), 1), encode(1))],
    ['that monitors something that is no process', () => frame(PASS_THROUGH, control(19, ownPid(), 1, 2))],
    ['that takes back a monitor with no reference', () => frame(PASS_THROUGH, control(20, ownPid(), atom('x'), 1))],
    ['that takes back a link without its id', () => frame(PASS_THROUGH, control(35, atom('x'), ownPid(), ownPid()))],
    ['with too few elements', () => frame(PASS_THROUGH, control(6, ownPid()), encode(1))],
  ];

  /** Four gigabytes of zeros, said in a few bytes: claimed, not there. */
  function bomb(): Buffer {
    return Buffer.from([131, 80, 0xff, 0xff, 0xff, 0xff, 0x78, 0x9c, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01]);
  }

  function nested(depth: number): Buffer {
    const bytes = Buffer.alloc(1 + depth * 2 + 1, 0x68);
    bytes[0] = 131;
    for (let i = 0; i < depth; i++) bytes[2 + i * 2] = 1;
    bytes[bytes.length - 1] = 106;
    return bytes;
  }

  test.each(FRAMES)('%s ends the link with malformed_frame', async (_what, bytes) => {
    const whole = bytes();
    whole.writeUInt32BE(whole.length - 4);
    peer.write(whole);
    const reason = await thrownOut('malformed_frame');
    expect(reason.facts).toMatchObject({ peer: peerName });
    expect(reason.cause).toBeInstanceOf(HiddenNodeError);
  });

  test('what came before it is delivered, and what comes behind it is not', async () => {
    peer.write(Buffer.concat([message(1), message(2), frame(Buffer.from([1])), message(3)]));
    await until('the link to be closed', () => downs.length > 0);
    expect(await inbox.receive({ timeout: 1_000 })).toBe(1);
    expect(await inbox.receive({ timeout: 1_000 })).toBe(2);
    expect(inbox.size).toBe(0);
  });
});

describe('a length above the limit', () => {
  test.each([MAX_FRAME + 1, 0x7fff_ffff, 0xffff_ffff])(
    'of %d bytes ends the link with frame_too_large',
    async (length) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(length);
      peer.write(bytes);
      const reason = await thrownOut('frame_too_large');
      expect(reason.facts).toMatchObject({ bytes: length, maxFrameBytes: MAX_FRAME });
    },
  );

  test('a message of exactly the limit is taken', async () => {
    const overhead = message(Buffer.alloc(0)).length - 4;
    peer.write(message(Buffer.alloc(MAX_FRAME - overhead, 1)));
    expect(await inbox.receive({ timeout: 5_000 })).toHaveLength(MAX_FRAME - overhead);
  });
});

describe('a control message that this node has no use for', () => {
  test.each([
    ['GROUP_LEADER', [7, 'pid', 'pid']],
    ['one that does not exist', [62, 'whatever']],
    ['one beyond the table', [1_000]],
    ['one below zero', [-1]],
  ] as [string, (number | string)[]][])('%s is counted and ignored', async (_what, elements) => {
    const before = node.stats()[peerName]!.ignored;
    peer.write(frame(PASS_THROUGH, control(...elements.map((e) => (e === 'pid' ? ownPid() : e)))));
    await stillLinked();
    expect(node.stats()[peerName]!.ignored).toBe(before + 1);
  });

  test('a message to nobody, a monitor of nobody and a link taken back are answered or dropped', async () => {
    peer.write(message(1, 'nobody'));
    peer.write(frame(PASS_THROUGH, control(2, atom(''), new Pid(atom(node.name), 99, 9, 1)), encode(1)));
    peer.write(frame(PASS_THROUGH, control(33, ownPid(), node.reference()), encode(1)));
    peer.write(frame(PASS_THROUGH, control(20, ownPid(), atom('nobody'), node.reference())));
    peer.write(frame(PASS_THROUGH, control(35, 2n ** 63n, ownPid(), inbox.pid)));
    await stillLinked();
  });
});

describe('the same bytes, cut differently', () => {
  const terms = [1, 'two', [3], 4.5, tuple(atom('five'), 6)];
  const decoded = [1, Buffer.from('two'), [3], 4.5, tuple(atom('five'), 6)];

  async function expectAll(times = 1): Promise<void> {
    for (let round = 0; round < times; round++) {
      for (const term of decoded) expect(await inbox.receive({ timeout: 5_000 })).toEqual(term);
    }
    expect(downs).toEqual([]);
  }

  test('one byte at a time', async () => {
    for (const byte of Buffer.concat(terms.map((term) => message(term)))) {
      peer.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await expectAll();
  });

  test('split at every boundary', async () => {
    const bytes = Buffer.concat(terms.map((term) => message(term)));
    for (let cut = 1; cut < bytes.length; cut++) {
      peer.write(bytes.subarray(0, cut));
      await new Promise((resolve) => setImmediate(resolve));
      peer.write(bytes.subarray(cut));
    }
    await expectAll(bytes.length - 1);
  });

  test('thousands of frames in one write', async () => {
    peer.write(Buffer.concat(Array.from({ length: 5_000 }, (_, n) => message(n))));
    for (let n = 0; n < 5_000; n++) expect(await inbox.receive({ timeout: 5_000 })).toBe(n);
  });

  test('the first behind the last packet of the handshake, in one write', async () => {
    const { port } = node;
    const eager = await HandmadePeer.connect(port!, { name: uniqueName('eager'), cookie: cluster.cookie });
    eager.write(eager.namePacket());
    await eager.readPacket();
    const challenge = (await eager.readPacket()).readUInt32BE(9);
    const frames = Buffer.concat(terms.map((term) => message(term)));
    eager.write(Buffer.concat([eager.replyPacket(challenge), frames.subarray(0, 50)]));
    await eager.readPacket();
    eager.write(frames.subarray(50));
    await expectAll();
    eager.destroy();
  });

  test('the first behind our acknowledgement, when this node has connected', async () => {
    const name = uniqueName('eager');
    await using listener = await HandmadeListener.start(async (socket) => {
      const eager = new HandmadePeer(socket, { name, cookie: cluster.cookie });
      await eager.readPacket();
      eager.write(Buffer.concat([packet('sok'), eager.challengePacket()]));
      const challenge = (await eager.readPacket()).readUInt32BE(1);
      eager.write(Buffer.concat([eager.acknowledgePacket(challenge), ...terms.map((term) => message(term))]));
    });
    await node.connect(name, { port: listener.port });
    await expectAll();
  });

  test('with ticks between them', async () => {
    const tick = Buffer.alloc(4);
    peer.write(Buffer.concat(terms.flatMap((term) => [tick, message(term), tick, tick])));
    await expectAll();
    expect(node.stats()[peerName]!.ticksIn).toBe(15);
  });
});
