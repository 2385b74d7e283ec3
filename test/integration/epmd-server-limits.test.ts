/** What peers cannot do to our EPMD: hold it, fill it, crash it. */
import { readdirSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, expect, test } from 'vitest';
import { EpmdServer, type EpmdServerOptions, names } from '../../lib/index.ts';
import { alive, bytes, DUMP, EpmdTalk, NAMES, request } from '../helpers/epmd-talk.ts';
import { until } from '../helpers/until.ts';

const running: EpmdServer[] = [];
const talks: EpmdTalk[] = [];
afterEach(async () => {
  for (const talk of talks.splice(0)) talk.hangUp();
  for (const server of running.splice(0)) await server.stop();
});

async function serve(options: EpmdServerOptions = {}): Promise<EpmdServer> {
  const server = await EpmdServer.start({ port: 0, ...options });
  running.push(server);
  return server;
}

async function open({ port }: EpmdServer, what?: Buffer): Promise<EpmdTalk> {
  const talk = await EpmdTalk.open(port);
  talks.push(talk);
  if (what !== undefined) talk.say(what);
  return talk;
}

/** Registers; tells whether the name was accepted. */
async function registers(server: EpmdServer, name: string): Promise<EpmdTalk & { accepted?: boolean }> {
  const talk: EpmdTalk & { accepted?: boolean } = await open(server, alive(name));
  talk.accepted = (await talk.gets(6))[1] === 0;
  return talk;
}

test('who does not ask in time is closed, however it spreads its bytes; who has a name is not', async () => {
  const server = await serve({ requestTimeout: 300 });
  const named = await registers(server, 'app');
  const refused = await registers(server, 'app');
  const silent = await open(server);
  const slow = await open(server, bytes('0010'));
  const drip = setInterval(() => slow.say(bytes('78')), 50);
  const begin = performance.now();
  await Promise.all([silent.end(), refused.end(), slow.end()]);
  clearInterval(drip);
  expect(performance.now() - begin).toBeGreaterThan(200);
  expect([silent, slow].map(({ received }) => received.length)).toEqual([0, 0]);
  expect([named.accepted, refused.accepted, named.closed]).toEqual([true, false, false]);
  expect(server.names()).toEqual([{ name: 'app', port: 4711 }]);
});

test('one connection too many ends the oldest that has no name', async () => {
  const server = await serve({ maxConnections: 2 });
  const named = await registers(server, 'app');
  const [first, second] = [await open(server), await open(server)];
  const third = await open(server);
  await first.end();
  expect([second.closed, third.closed, named.closed]).toEqual([false, false, false]);
  // The one that asks now takes the place of the second.
  expect(await names({ port: server.port })).toEqual([{ name: 'app', port: 4711 }]);
  await second.end();
  expect([third.closed, named.closed]).toEqual([false, false]);
});

test('one name too many is refused, until another is free', async () => {
  const server = await serve({ maxNames: 2 });
  const [one, two, three] = [
    await registers(server, 'one'),
    await registers(server, 'two'),
    await registers(server, 'three'),
  ];
  expect([one, two, three].map(({ accepted }) => accepted)).toEqual([true, true, false]);
  one.hangUp();
  await until('the name to be free', () => server.names().length === 1);
  expect((await registers(server, 'four')).accepted).toBe(true);
});

test('a thousand names that are gone are remembered, and no more', async () => {
  const server = await serve();
  for (let round = 0; round < 6; round++) {
    const some = await Promise.all(Array.from({ length: 200 }, (_, i) => registers(server, `name${round}_${i}`)));
    for (const talk of some) talk.hangUp();
    await until('the names to be free', () => server.names().length === 0);
  }
  const dump = (await EpmdTalk.ask(server.port, DUMP)).toString();
  expect(dump.match(/old\/unused name/g)).toHaveLength(1000);
  expect(dump).not.toContain('<name0_');
  expect(dump).toContain('<name5_199>');
});

test('peers that do not read their answers hold no memory', async () => {
  const server = await serve();
  const long = (i: number) => `${i}`.padEnd(255, '_').replaceAll('_', '😀');
  await Promise.all(Array.from({ length: 400 }, (_, i) => registers(server, long(i))));
  const answer = (await EpmdTalk.ask(server.port, NAMES)).length;
  expect(answer).toBeGreaterThan(400_000);
  const before = collected().arrayBuffers;
  const slow = await Promise.all(Array.from({ length: 60 }, () => open(server)));
  for (const talk of slow) talk.socket.pause();
  for (const talk of slow) talk.say(NAMES);
  expect((await EpmdTalk.ask(server.port, NAMES)).length).toBe(answer);
  expect(collected().arrayBuffers - before).toBeLessThan(60 * answer * 0.5);
  slow[59]!.socket.resume();
  expect((await slow[59]!.end()).length).toBe(answer);
});

test('ten thousand connections leave nothing behind', { timeout: 120_000 }, async () => {
  const server = await serve();
  const ways: (() => Promise<void>)[] = [
    async () => (await EpmdTalk.open(server.port)).hangUp(),
    async () => void (await EpmdTalk.ask(server.port, NAMES)),
    async () => void (await EpmdTalk.ask(server.port, request('00'))),
    async () => {
      const talk = await EpmdTalk.open(server.port);
      talk.say(bytes('0010 78'));
      talk.socket.resetAndDestroy();
    },
    async () => {
      const talk = await EpmdTalk.open(server.port);
      talk.say(alive('same'));
      await talk.gets(6);
      talk.hangUp();
    },
  ];
  const round = async (count: number) => {
    for (let done = 0; done < count; done += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, i) => ways[i % ways.length]!()));
    }
    await until('the last to be gone', () => server.names().length === 0 && sockets() === 0);
    return { memory: collected().heapUsed, descriptors: descriptors(), timers: timers() };
  };
  const before = await round(1_000);
  const after = await round(10_000);
  expect(after.timers).toBeLessThanOrEqual(before.timers);
  expect(after.descriptors).toBeLessThanOrEqual(before.descriptors);
  expect(after.memory - before.memory).toBeLessThan(2_000_000);
});

test('bytes that mean nothing do not hurt it', async () => {
  const server = await serve();
  await registers(server, 'app');
  const tags = [120, 122, 110, 100, 107, 115, 0];
  for (let turn = 0; turn < 1_000; turn += 50) {
    await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const noise = Buffer.from(Array.from({ length: 1 + ((turn + i) % 97) }, () => Math.floor(Math.random() * 256)));
        noise[0] = tags[i % tags.length]!;
        const talk = await open(server, turn % 2 === 0 ? request(noise) : noise);
        talk.socket.end();
        await talk.end();
      }),
    );
  }
  await until('the noise to be gone', () => server.names().length === 1);
  expect(await names({ port: server.port })).toEqual([{ name: 'app', port: 4711 }]);
});

function descriptors(): number {
  return process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0;
}

function sockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}

function collected(): NodeJS.MemoryUsage {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage();
}
