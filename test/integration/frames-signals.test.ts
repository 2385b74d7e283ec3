/** The exact control messages for links, exits, monitors and aliases: what this node sends to peers of each kind, and what it takes. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  atom,
  decode,
  type EncodableTerm,
  encode,
  equals,
  format,
  type HiddenNode,
  HiddenNodeError,
  type Mailbox,
  Pid,
  Reference,
  type Term,
  type Tuple,
  tuple,
} from '../../lib/index.ts';
import { uniqueName, useCluster } from '../helpers/cluster.ts';
import { frame, HandmadePeer, USUAL_FLAGS } from '../helpers/handmade-peer.ts';
import { until } from '../helpers/until.ts';

const PASS_THROUGH = Buffer.from([112]);
const EXIT_PAYLOAD = 0x400000n;
const UNLINK_ID = 0x2000000n;
const ALTACT_SIG = 1n << 37n;
const BIG_BIT = 1n << 70n;

const { cluster } = useCluster();

let node: HiddenNode;
let inbox: Mailbox;
let peer: HandmadePeer;
let peerName: string;

async function join(flags = USUAL_FLAGS): Promise<void> {
  peerName = uniqueName('handmade');
  peer = await HandmadePeer.connect(node.port!, { name: peerName, cookie: cluster.cookie, flags });
  await peer.shakeHands();
  await until('the link', () => node.nodes().includes(peerName));
}

beforeEach(async () => {
  node = await cluster.node();
  inbox = node.mailbox('inbox', { trapExit: true });
});
afterEach(() => peer.destroy());

function theirs(id = 1): Pid {
  return new Pid(atom(peerName), id, 0, 77);
}

function theirReference(id = 1): Reference {
  return new Reference(atom(peerName), 77, [id, 2, 3]);
}

function say(control: EncodableTerm, payload?: EncodableTerm): void {
  peer.write(frame(PASS_THROUGH, encode(control), payload === undefined ? Buffer.alloc(0) : encode(payload)));
}

/** The next frame that is no tick: its control message, and its payload if it has one. */
async function heard(): Promise<{ control: Term[]; payload: Term | undefined }> {
  let bytes = await peer.readFrame();
  while (bytes.length === 0) bytes = await peer.readFrame();
  expect(bytes[0]).toBe(112);
  // The control message ends where the longest prefix that decodes does.
  for (let end = bytes.length; end > 2; end--) {
    const control = tryDecode(bytes.subarray(1, end));
    if (control === undefined) continue;
    const payload = end === bytes.length ? undefined : decode(bytes.subarray(end));
    return { control: (control as Tuple<Term[]>).elements as Term[], payload };
  }
  throw new Error('no control message');
}

function tryDecode(bytes: Buffer): Term | undefined {
  try {
    return decode(bytes);
  } catch {
    return undefined;
  }
}

/** Everything before has been heard: a monitor of nothing is answered at once. */
async function settled(): Promise<void> {
  say(tuple(19, theirs(), atom('nobody'), theirReference(999)));
  for (;;) {
    const { control } = await heard();
    if (control[0] === 28 || control[0] === 21) return;
  }
}

function expectTerm(actual: Term | undefined, expected: EncodableTerm): void {
  expect(actual !== undefined && equals(actual, decode(encode(expected))), `${actual && format(actual)}`).toBe(true);
}

describe('links', () => {
  test('are taken back by UNLINK_ID with an id each, and are there until that is acknowledged', async () => {
    await join();
    inbox.link(theirs());
    expectTerm(tupleOf((await heard()).control), tuple(1, inbox.pid, theirs()));
    inbox.unlink(theirs());
    const first = (await heard()).control;
    expect(first[0]).toBe(35);
    // A LINK that crosses the unlinking does not count, and neither does the exit signal of the old link.
    say(tuple(1, theirs(), inbox.pid));
    say(tuple(3, theirs(), inbox.pid, atom('old')));
    await settled();
    expect(inbox.size).toBe(0);
    inbox.link(theirs());
    expect((await heard()).control[0]).toBe(1);
    inbox.unlink(theirs());
    const second = (await heard()).control;
    expect(second[0]).toBe(35);
    expect(second[1]).not.toBe(first[1]);
    // The acknowledgement of an earlier unlinking says nothing about the later one.
    say(tuple(36, first[1] as Term, theirs(), inbox.pid));
    say(tuple(1, theirs(), inbox.pid));
    say(tuple(3, theirs(), inbox.pid, atom('still_old')));
    await settled();
    expect(inbox.size).toBe(0);
  });

  test('linked anew while the unlinking is under way are links: the acknowledgement does not end them', async () => {
    await join();
    inbox.link(theirs());
    await heard();
    inbox.unlink(theirs());
    const { control } = await heard();
    inbox.link(theirs());
    expect((await heard()).control[0]).toBe(1);
    say(tuple(36, control[1] as Term, theirs(), inbox.pid));
    say(tuple(3, theirs(), inbox.pid, atom('heard')));
    expect(format(await inbox.receive({ timeout: 5_000 }))).toMatch(/,heard\}$/);
  });

  test('UNLINK_ID is acknowledged before anything else, also for a process that does not exist', async () => {
    await join();
    const nobody = new Pid(atom(node.name), 9_999, 0, inbox.pid.creation);
    for (const to of [inbox.pid, nobody]) {
      say(tuple(1, theirs(), inbox.pid));
      say(tuple(35, 2n ** 63n + 5n, theirs(), to));
      expectTerm(tupleOf((await heard()).control), tuple(36, 2n ** 63n + 5n, to, theirs()));
    }
  });

  test('to a peer that does not know UNLINK_ID are taken back by UNLINK; to others never', async () => {
    await join(USUAL_FLAGS & ~UNLINK_ID);
    inbox.link(theirs());
    await heard();
    inbox.unlink(theirs());
    expectTerm(tupleOf((await heard()).control), tuple(4, inbox.pid, theirs()));
    say(tuple(3, theirs(), inbox.pid, atom('old')));
    say(tuple(1, theirs(), inbox.pid));
    say(tuple(4, theirs(), inbox.pid));
    say(tuple(3, theirs(), inbox.pid, atom('older')));
    await settled();
    expect(inbox.size).toBe(0);
  });
});

describe('the reasons of exits', () => {
  const reason = tuple(atom('because'), Buffer.from('x'));

  test.each([
    ['as payload to a peer that announces EXIT_PAYLOAD', USUAL_FLAGS | EXIT_PAYLOAD, [24, 26, 28]],
    ['within the control message to others', USUAL_FLAGS & ~EXIT_PAYLOAD, [3, 8, 21]],
  ])('go %s', async (_, flags, [exit, exit2, down]) => {
    await join(flags);
    inbox.exit(theirs(), reason);
    const request = await heard();
    expect(request.control[0]).toBe(exit2);
    expectTerm(request.payload ?? request.control[3], reason);
    say(tuple(1, theirs(), inbox.pid));
    say(tuple(19, theirs(), inbox.pid, theirReference()));
    await settled();
    inbox.close(reason);
    const ended = [await heard(), await heard()];
    expect(ended.map(({ control }) => control[0])).toEqual([exit, down]);
    expectTerm(ended[0]!.payload ?? ended[0]!.control[3], reason);
    expectTerm(ended[1]!.payload ?? ended[1]!.control[4], reason);
    expect(ended[0]!.payload === undefined).toBe(exit === 3);
  });

  test.each<[string, (from: Pid, to: Pid) => [control: EncodableTerm, payload?: EncodableTerm]]>([
    ['EXIT', (from, to) => [tuple(3, from, to, reason)]],
    ['EXIT_TT', (from, to) => [tuple(13, from, to, tuple(1, 2, 3, 4), reason)]],
    ['PAYLOAD_EXIT', (from, to) => [tuple(24, from, to), reason]],
    ['PAYLOAD_EXIT_TT', (from, to) => [tuple(25, from, to, []), reason]],
    ['EXIT2', (from, to) => [tuple(8, from, to, reason)]],
    ['EXIT2_TT', (from, to) => [tuple(18, from, to, [], reason)]],
    ['PAYLOAD_EXIT2', (from, to) => [tuple(26, from, to), reason]],
    ['PAYLOAD_EXIT2_TT', (from, to) => [tuple(27, from, to, []), reason]],
    ['ALTACT_SIG_SEND with EXIT', (from, to) => [tuple(37, 16, from, to), reason]],
    ['ALTACT_SIG_SEND with EXIT, PRIO and TOKEN', (from, to) => [tuple(37, 19, from, to, []), reason]],
  ])('are taken in the form %s', async (_, form) => {
    await join();
    say(tuple(1, theirs(), inbox.pid));
    say(...form(theirs(), inbox.pid));
    expect(format(await inbox.receive({ timeout: 5_000 }))).toMatch(/^\{'EXIT',<.*>,\{because,<<"x">>\}\}$/);
  });

  test('of a process that is not linked are not heard', async () => {
    await join();
    say(tuple(24, theirs(), inbox.pid), reason);
    await settled();
    expect(inbox.size).toBe(0);
  });
});

describe('ALTACT_SIG_SEND', () => {
  test.each<[string, (alias: Reference) => EncodableTerm]>([
    ['an alias', (alias) => tuple(37, 4, theirs(), alias)],
    ['an alias, traced', (alias) => tuple(37, 6, theirs(), alias, [])],
    ['a pid with priority', () => tuple(37, 1, theirs(), inbox.pid)],
    ['a name with priority', () => tuple(37, 9, theirs(), atom('inbox'))],
    ['a pid, with flags and elements of later releases', () => tuple(37, BIG_BIT + 1n, theirs(), inbox.pid, 1, 2)],
  ])('brings a message to %s', async (_, control) => {
    await join();
    say(control(inbox.alias()), atom('hello'));
    expect(await inbox.receive({ timeout: 5_000 })).toBe(atom('hello'));
  });

  test('ends the process behind an alias, and nothing behind one that is over', async () => {
    await join();
    const alias = inbox.alias();
    say(tuple(37, 20, theirs(), alias), atom('kill'));
    expect((await inbox.ended).facts.reason).toBe(atom('killed'));
    say(tuple(37, 20, theirs(), alias), atom('kill'));
    await settled();
    expect(node.nodes()).toEqual([peerName]);
  });

  test('carries messages to aliases of a peer that announces it; others get ALIAS_SEND', async () => {
    await join(USUAL_FLAGS | ALTACT_SIG);
    inbox.send(theirReference(), 1);
    expectTerm(tupleOf((await heard()).control), tuple(37, 4, inbox.pid, theirReference()));
    peer.destroy();
    await join();
    inbox.send(theirReference(), 1);
    expectTerm(tupleOf((await heard()).control), tuple(33, inbox.pid, theirReference()));
  });

  test.each([
    ['negative flags', -1],
    ['flags that are no number', atom('x')],
    ['a name and an alias at once', 12],
  ])('with %s ends the link', async (_, flags) => {
    await join();
    const down = new Promise<HiddenNodeError>((resolve) => node.once('nodedown', (_name, reason) => resolve(reason)));
    say(tuple(37, flags, theirs(), inbox.pid), 1);
    expect((await down).code).toBe('malformed_frame');
  });
});

describe('signals of hostile peers', () => {
  test.each<[string, () => EncodableTerm]>([
    ['a link from what is no pid', () => tuple(1, 5, inbox.pid)],
    ['an unlink without an id', () => tuple(35, atom('x'), theirs(), inbox.pid)],
    ['an exit that ends early', () => tuple(3, theirs())],
    ['a monitor without a reference', () => tuple(19, theirs(), inbox.pid, 3)],
    ['a DOWN without a payload', () => tuple(28, theirs(), inbox.pid, theirReference())],
  ])('%s: the link ends, and nothing else', async (_, control) => {
    await join();
    const down = new Promise<HiddenNodeError>((resolve) => node.once('nodedown', (_name, reason) => resolve(reason)));
    say(control());
    expect(await down).toBeInstanceOf(HiddenNodeError);
    expect((await down).code).toBe('malformed_frame');
    expect(inbox.closed).toBe(false);
  });

  test('that are about nothing of ours change nothing', async () => {
    await join();
    const nobody = new Pid(atom(node.name), 9_999, 0, inbox.pid.creation);
    say(tuple(36, 1, theirs(), inbox.pid));
    say(tuple(36, 1, theirs(), nobody));
    say(tuple(20, theirs(), inbox.pid, theirReference()));
    say(tuple(21, theirs(), inbox.pid, theirReference(), atom('x')));
    say(tuple(21, theirs(), nobody, theirReference(), atom('x')));
    say(tuple(8, theirs(), nobody, atom('x')));
    say(tuple(37, 20, theirs(), theirReference()), atom('x'));
    say(tuple(31, theirReference(), inbox.pid, 0, theirs()));
    say(tuple(7, theirs(), inbox.pid));
    say(tuple(63, 1, 2, 3));
    await settled();
    expect(inbox.size).toBe(0);
    expect(node.nodes()).toEqual([peerName]);
    expect(node.stats()[peerName]!.ignored).toBe(2);
  });
});

function tupleOf(elements: Term[]): Term {
  return tuple(...elements) as Term;
}
