/** The bytes of our EPMD beside those of Erlang's: both are asked the same, and must say the same and close alike. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EpmdServer } from '../../lib/index.ts';
import { Epmd } from '../helpers/epmd.ts';
import { alive, bytes, DUMP, EpmdTalk, KILL, NAMES, request } from '../helpers/epmd-talk.ts';
import { failure, until } from '../helpers/until.ts';

let real: Epmd;
let ours: EpmdServer;
beforeAll(async () => {
  [real, ours] = await Promise.all([Epmd.start(), EpmdServer.start({ port: 0 })]);
});
afterAll(() => Promise.all([real?.stop(), ours?.stop()]));

/** What differs from one EPMD to the next in an answer: its own port, and the numbers of descriptors. */
function comparable(answer: Buffer, port: number): string {
  const text = answer.toString('latin1');
  const own = Buffer.alloc(4);
  own.writeUInt32BE(port);
  return text.replace(own.toString('latin1'), '<port>').replace(/fd = \d+/g, 'fd = <fd>');
}

async function both<T>(talk: (port: number) => Promise<T>): Promise<[real: T, ours: T]> {
  return Promise.all([talk(real.port), talk(ours.port)]);
}

/** Sends pieces, each when the one before it was read, and waits for the end of the connection. */
async function answered(port: number, pieces: Buffer[]): Promise<string> {
  const talk = await EpmdTalk.open(port);
  for (const [turn, piece] of pieces.entries()) {
    if (turn > 0) await EpmdTalk.ask(port, NAMES);
    talk.say(piece);
  }
  return comparable(await talk.end(), port);
}

const long = (length: number, character = 'x') => character.repeat(length);
const emptyName = Buffer.concat([bytes('78 1267 4d 00 0006 0005 0000 0001'), bytes('ff')]);

describe('what is answered, or closed without an answer', () => {
  const keepers: EpmdTalk[] = [];
  beforeAll(async () => {
    for (const { port } of [real, ours]) {
      for (const node of [
        alive('app', { port: 40001, extra: bytes('00ff0a') }),
        alive('old', { port: 1, high: 5 }),
        alive('jé', { port: 65535, high: 0xffff }),
        alive(long(255), { port: 0 }),
        alive(long(254, '😀'), { extra: Buffer.alloc(1020, 7) }),
      ]) {
        const keeper = await EpmdTalk.open(port);
        keeper.say(node);
        await keeper.gets(4);
        keepers.push(keeper);
      }
    }
  });
  afterAll(async () => {
    for (const keeper of keepers) keeper.hangUp();
    for (const { port } of [real, ours]) {
      await until('the names to be free', async () => (await EpmdTalk.ask(port, NAMES)).length === 4);
    }
  });

  test.each<[string, Buffer[]]>([
    ['NAMES_REQ', [NAMES]],
    ['NAMES_REQ with more behind its tag', [request("'names")]],
    ['DUMP_REQ', [DUMP]],
    ['KILL_REQ while there are nodes', [KILL]],
    ['STOP_REQ of a node', [request("'sapp")]],
    ['STOP_REQ of nobody', [request("'snobody")]],
    ['STOP_REQ without a name', [request("'s")]],
    ['PORT_PLEASE2_REQ', [request("'zapp")]],
    ['PORT_PLEASE2_REQ with a NUL behind the name', [request("'zapp", '00')]],
    ['PORT_PLEASE2_REQ with two NULs', [request("'zapp", '0000')]],
    ['PORT_PLEASE2_REQ with a NUL within', [request("'za", '00', "'pp")]],
    ['PORT_PLEASE2_REQ of a node of version 5', [request("'zold")]],
    ['PORT_PLEASE2_REQ in UTF-8', [request("'zjé")]],
    ['PORT_PLEASE2_REQ of nobody', [request("'znobody")]],
    ['PORT_PLEASE2_REQ of the name of 255 characters', [request(`'z${long(255)}`)]],
    ['PORT_PLEASE2_REQ of the name of 254 characters of 4 bytes', [request(`'z${long(254, '😀')}`)]],
    ['PORT_PLEASE2_REQ of a name that is longer', [request(`'z${long(300)}`)]],
    ['PORT_PLEASE2_REQ with a name that is no UTF-8', [request("'z", 'ff')]],
    ['PORT_PLEASE2_REQ with half of a surrogate pair', [request("'z", 'eda080')]],
    ['PORT_PLEASE2_REQ with UTF-8 that is longer than need be', [request("'z", 'c080')]],
    ['PORT_PLEASE2_REQ without a name', [request("'z")]],
    ['PORT_PLEASE2_REQ with a NUL for a name', [request("'z", '00')]],
    ['ALIVE2_REQ without a body', [request("'x")]],
    ['ALIVE2_REQ with neither name nor extra bytes', [request('78 1267 4d 00 0006 0005 0000 0000')]],
    ['ALIVE2_REQ with a name longer than the request', [request('78 1267 4d 00 0006 0005 0002 61 0000')]],
    ['ALIVE2_REQ with extra bytes beyond the request', [request('78 1267 4d 00 0006 0005 0001 61 0001')]],
    ['ALIVE2_REQ with a NUL in the name', [alive(bytes('610062'))]],
    ['an answer', [request('77 01')]],
    ['a tag that means nothing', [request('00')]],
    ['no request at all', [bytes('0000')]],
    ['a request of 65535 bytes', [bytes('ffff')]],
    ['a request of 3058 bytes', [bytes('0bf2')]],
    ['a request of 3057 bytes', [request("'n", Buffer.alloc(3056))]],
    ['more than one request at once', [Buffer.concat([NAMES, NAMES])]],
    ['a request byte by byte', [bytes('00'), bytes('01'), bytes('6e')]],
    ['a request whose end comes with more', [bytes('0001'), bytes('6e6e6e')]],
  ])('%s', async (_, pieces) => {
    const [theirs, mine] = await both((port) => answered(port, pieces));
    expect(mine).toBe(theirs);
  });

  test('the names come latest first, and the lines are those of epmd', async () => {
    const text = comparable(await EpmdTalk.ask(ours.port, NAMES), ours.port);
    expect(text).toMatch(/^<port>name .* at port 4711\n/);
    expect(text).toMatch(/name old at port 1\nname app at port 40001\n$/);
  });

  test('half of a request and then the end', async () => {
    const [theirs, mine] = await both(async (port) => {
      const talk = await EpmdTalk.open(port);
      talk.socket.end(bytes('0004 7a'));
      return talk.end();
    });
    expect(mine).toEqual(theirs);
    expect(mine).toHaveLength(0);
  });

  test('a whole request and then the end', async () => {
    const [theirs, mine] = await both(async (port) => {
      const talk = await EpmdTalk.open(port);
      talk.socket.end(request("'zapp"));
      return talk.end();
    });
    expect(mine).toEqual(theirs);
    expect(mine.length).toBeGreaterThan(12);
  });

  test('a registration that is refused is answered, and the connection left open', async () => {
    for (const node of [
      alive('app'),
      alive('app', { high: 5 }),
      alive(long(256)),
      alive(long(1021)),
      alive(bytes('ff')),
      alive('fat', { extra: Buffer.alloc(1021) }),
    ]) {
      const [theirs, mine] = await both(async (port) => {
        const talk = await EpmdTalk.open(port);
        talk.say(node);
        const answer = await talk.gets(node.readUInt16BE(7) === 5 ? 4 : 6);
        await EpmdTalk.ask(port, NAMES);
        const { closed } = talk;
        talk.say(bytes('00'));
        await talk.end();
        return { answer: answer.toString('hex'), closed };
      });
      expect(mine).toEqual(theirs);
      expect(mine.closed).toBe(false);
    }
  });
});

describe('what is kept', () => {
  /** Registers, and gives the answer without the creation, and the creation. */
  async function register(port: number, node: Buffer): Promise<{ talk: EpmdTalk; head: string; creation: number }> {
    const talk = await EpmdTalk.open(port);
    talk.say(node);
    const wide = node.readUInt16BE(7) >= 6;
    const answer = await talk.gets(wide ? 6 : 4);
    const creation = wide ? answer.readUInt32BE(2) : answer.readUInt16BE(2);
    return { talk, head: answer.toString('hex', 0, 2), creation };
  }

  const freed = async (port: number, talk: EpmdTalk) => {
    talk.socket.end();
    await talk.end();
    return comparable(await EpmdTalk.ask(port, NAMES), port);
  };

  test.each([
    ['of version 6', alive('new'), '7600'],
    ['of a version to come', alive('newer', { high: 7 }), '7600'],
    ['of version 5', alive('elder', { high: 5 }), '7900'],
    ['without a name', request(emptyName), '7600'],
    ['with a name of two lines', alive('a\nb'), '7600'],
    ['with more behind it than it says', Buffer.concat([bytes('0011'), alive('sho').subarray(2), bytes('ff')]), '7600'],
  ])('a node %s gets the answer that epmd gives, and its name is free when it goes', async (_, node, head) => {
    const [theirs, mine] = await both(async (port) => {
      const first = await register(port, node);
      const listed = comparable(await EpmdTalk.ask(port, NAMES), port);
      const left = await freed(port, first.talk);
      // Names of earlier tests are among them, in the order in which their connections happened to end.
      const dumped = comparable(await EpmdTalk.ask(port, DUMP), port)
        .split('\n')
        .sort();
      const second = await register(port, node);
      await freed(port, second.talk);
      return { head: first.head, listed, left, dumped, step: (second.creation - first.creation + 3) % 3 };
    });
    expect(mine).toEqual(theirs);
    expect(mine).toMatchObject({ head, left: '<port>', step: 1 });
  });

  test('creations are those of epmd: the time for a new name, one more for one that was there, 1 to 3 in version 5', async () => {
    const [theirs, mine] = await both(async (port) => {
      const creations: number[] = [];
      for (const node of [alive('c'), alive('c'), alive('c', { high: 5 }), alive('c')]) {
        const { talk, creation } = await register(port, node);
        creations.push(creation);
        await freed(port, talk);
      }
      return creations;
    });
    const now = Math.floor(Date.now() / 1000);
    for (const [first, second, third, fourth] of [theirs, mine]) {
      expect(Math.abs(first! - now)).toBeLessThan(60);
      expect([second, third, fourth]).toEqual([first! + 1, ((first! + 2) % 3) + 1, first! + 3]);
    }
  });

  test('a byte behind a registration ends it', async () => {
    const [theirs, mine] = await both(async (port) => {
      const { talk } = await register(port, alive('talker'));
      talk.say(bytes('00'));
      await talk.end();
      return comparable(await EpmdTalk.ask(port, NAMES), port);
    });
    expect(mine).toEqual(theirs);
    expect(mine).toBe('<port>');
  });
});

describe('killing and stopping', () => {
  test('epmd lets itself be killed when no node is there; ours does not unless it is told to', async () => {
    expect((await EpmdTalk.ask(ours.port, KILL)).toString()).toBe('NO');
    await using other = await Epmd.start();
    expect((await EpmdTalk.ask(other.port, KILL)).toString()).toBe('OK');
  });

  test('where it is allowed, the answers are those of a relaxed epmd', async () => {
    await using relaxed = await Epmd.start(undefined, ['-relaxed_command_check']);
    await using allowing = await EpmdServer.start({ port: 0, allowKill: true });
    const outcomes = await Promise.all(
      [relaxed.port, allowing.port].map(async (port) => {
        const [one, two] = [await EpmdTalk.open(port), await EpmdTalk.open(port)];
        one.say(alive('one'));
        two.say(alive('two'));
        await Promise.all([one.gets(6), two.gets(6)]);
        const stopped = [
          await EpmdTalk.ask(port, request("'sone")),
          await EpmdTalk.ask(port, request("'sone")),
          await EpmdTalk.ask(port, request("'s", 'ff')),
          await EpmdTalk.ask(port, request("'stwo", '00', "'x")),
        ].map(String);
        await Promise.all([one.end(), two.end()]);
        const three = await EpmdTalk.open(port);
        three.say(alive('three'));
        await three.gets(6);
        const killed = String(await EpmdTalk.ask(port, KILL));
        await three.end();
        expect(await failure(EpmdTalk.open(port))).toMatchObject({ code: 'ECONNREFUSED' });
        return { stopped, killed };
      }),
    );
    expect(outcomes[1]).toEqual(outcomes[0]);
    expect(outcomes[1]).toEqual({ stopped: ['STOPPED', 'NOEXISTSTOPPED', 'NOEXISTSTOPPED', 'STOPPED'], killed: 'OK' });
    await allowing.closed;
  });
});
