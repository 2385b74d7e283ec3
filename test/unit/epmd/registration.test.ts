import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { EpmdRegistration, type RegistrationOptions } from '../../../lib/epmd/registration.ts';
import { HiddenNodeError } from '../../../lib/errors.ts';
import { freePort } from '../../helpers/epmd.ts';
import { closed, FakeEpmd } from './fake.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const ACCEPTED = hex('76 00 00000007');
const REFUSED = hex('76 01 00000063');
const node = { name: 'js', port: 4000 };
const retry = { first: 1, longest: 5 };

const unhandled = vi.fn();
process.on('unhandledRejection', unhandled);
afterEach(() => {
  vi.useRealTimers();
  expect(unhandled).not.toHaveBeenCalled();
});

/** Handlers that record what they are told, in order. */
function recorder(): { told: string[] } & Required<Pick<RegistrationOptions, 'onLost' | 'onRegained'>> {
  const told: string[] = [];
  return {
    told,
    onLost: (error: HiddenNodeError) => told.push(error.code),
    onRegained: (creation: number) => told.push(`creation ${creation}`),
  };
}

/** From here on only the clock of the test lets timers fire; says how many are set, an attempt to come among them. */
function pendingTimers(): () => number {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  return () => vi.getTimerCount();
}

/** Answers the n-th connection with the n-th answer; the last one answers all that follow. */
function answeringInTurn(...answers: ((socket: Socket) => void)[]): (socket: Socket) => void {
  let turn = 0;
  return (socket) => {
    const answer = answers[Math.min(turn++, answers.length - 1)]!;
    socket.once('data', () => answer(socket));
  };
}

const accept = (socket: Socket) => void socket.write(ACCEPTED);
const refuse = (socket: Socket) => void socket.write(REFUSED);
const acceptThenEnd = (socket: Socket) => void socket.end(ACCEPTED);

describe('an EPMD that can be provided', () => {
  const portTaken = (port: number) =>
    new HiddenNodeError('listen_failed', 'the port is taken', { address: '127.0.0.1', port, errno: 'EADDRINUSE' });

  it('is asked for only when none can be reached, and registered with at once', async () => {
    const provided: FakeEpmd[] = [];
    const port = await freePort();
    const provide = async () => {
      provided.push(await FakeEpmd.start(answeringInTurn(accept), { port }));
    };
    await using registration = await EpmdRegistration.register(node, { port, provide });
    expect([registration.registered, provided.length]).toEqual([true, 1]);
    await using _other = await EpmdRegistration.register(node, { port, provide });
    expect(provided).toHaveLength(1);
    await provided[0]![Symbol.asyncDispose]();
  });

  it('may be that of somebody who was faster', async () => {
    const faster: FakeEpmd[] = [];
    const port = await freePort();
    const provide = async () => {
      faster.push(await FakeEpmd.start(answeringInTurn(accept), { port }));
      throw portTaken(port);
    };
    await using registration = await EpmdRegistration.register(node, { port, provide });
    expect([registration.registered, faster.length]).toEqual([true, 1]);
    await faster[0]![Symbol.asyncDispose]();
  });

  it('is looked for no longer when the port is taken and nobody answers there', async () => {
    const port = await freePort();
    const provide = vi.fn(() => Promise.reject(portTaken(port)));
    await expect(EpmdRegistration.register(node, { port, provide })).rejects.toMatchObject({ code: 'listen_failed' });
    expect(provide.mock.calls.length).toBeGreaterThan(2);
    await expect(EpmdRegistration.register(node, { port, provide, timeout: 50 })).rejects.toMatchObject({
      code: 'epmd_unreachable',
    });
  });

  it('cannot be started: the reason is told, also after a loss', async () => {
    const reason = new HiddenNodeError('listen_failed', 'not allowed', { errno: 'EACCES' });
    const epmd = await FakeEpmd.start(answeringInTurn(accept));
    const { port } = epmd;
    const events = recorder();
    const provide = () => Promise.reject(reason);
    await using _registration = await EpmdRegistration.register(node, { port, provide, retry, ...events });
    await epmd[Symbol.asyncDispose]();
    await vi.waitUntil(() => events.told.length === 2);
    expect(events.told).toEqual(['epmd_unreachable', 'listen_failed']);
    await expect(EpmdRegistration.register(node, { port, provide })).rejects.toBe(reason);
  });
});

describe('EpmdRegistration', () => {
  it('registers a hidden node of version 6', async () => {
    const requests: Buffer[] = [];
    await using epmd = await FakeEpmd.start((socket) =>
      socket.once('data', (request) => {
        requests.push(request);
        socket.write(ACCEPTED);
      }),
    );
    await using registration = await EpmdRegistration.register(node, { port: epmd.port });
    expect(requests).toEqual([hex('000f 78 0fa0 48 00 0006 0006 0002 6a73 0000')]);
    expect(registration.creation).toBe(7);
    expect(registration.registered).toBe(true);
  });

  it('registers what it is given', async () => {
    const requests: Buffer[] = [];
    await using epmd = await FakeEpmd.start((socket) =>
      socket.once('data', (request) => {
        requests.push(request);
        socket.write(hex('79 00 0002'));
      }),
    );
    const given = { ...node, nodeType: 'normal', lowestVersion: 5, extra: Buffer.of(1) } as const;
    await using registration = await EpmdRegistration.register(given, { port: epmd.port });
    expect(requests).toEqual([hex('0010 78 0fa0 4d 00 0006 0005 0002 6a73 0001 01')]);
    expect(registration.creation).toBe(2);
  });

  it('says name_taken and closes the connection that EPMD keeps open', async () => {
    await using epmd = await FakeEpmd.start(answeringInTurn(refuse));
    await expect(EpmdRegistration.register(node, { port: epmd.port })).rejects.toMatchObject({
      code: 'name_taken',
      facts: { host: '127.0.0.1', port: epmd.port, name: 'js' },
    });
    await closed(epmd.connections[0]);
  });

  it('does not try again when the first registration fails', async () => {
    await using epmd = await FakeEpmd.start(answeringInTurn((socket) => socket.end(), accept));
    const { told, ...handlers } = recorder();
    const options = { port: epmd.port, retry, ...handlers };
    const pending = pendingTimers();
    await expect(EpmdRegistration.register(node, options)).rejects.toMatchObject({ code: 'epmd_protocol' });
    expect(pending()).toBe(0);
    expect(epmd.connections).toHaveLength(1);
    expect(told).toEqual([]);
  });

  it('says epmd_protocol for an answer that ends at any length', async () => {
    for (let length = 0; length < ACCEPTED.length; length++) {
      await using epmd = await FakeEpmd.answering(ACCEPTED.subarray(0, length));
      await expect(EpmdRegistration.register(node, { port: epmd.port }), `${length} bytes`).rejects.toMatchObject({
        code: 'epmd_protocol',
        facts: { host: '127.0.0.1', port: epmd.port, name: 'js' },
      });
    }
  });

  it.each([
    ['an answer of another kind', hex('77 00 0001')],
    ['a long answer', Buffer.alloc(100_000, 0x76)],
  ])('says epmd_protocol for %s', async (_what, bytes) => {
    await using epmd = await FakeEpmd.answering(bytes, true);
    await expect(EpmdRegistration.register(node, { port: epmd.port })).rejects.toMatchObject({ code: 'epmd_protocol' });
    await closed(epmd.connections[0]);
  });

  it('says epmd_timeout when nobody answers, and closes the connection', async () => {
    await using epmd = await FakeEpmd.silent();
    await expect(EpmdRegistration.register(node, { port: epmd.port, timeout: 50 })).rejects.toMatchObject({
      code: 'epmd_timeout',
      facts: { host: '127.0.0.1', port: epmd.port, name: 'js', timeout: 50 },
    });
    await closed(epmd.connections[0]);
  });

  it('is aborted by its signal, and closes the connection', async () => {
    const controller = new AbortController();
    await using epmd = await FakeEpmd.start((socket) => socket.once('data', () => controller.abort()));
    const options = { port: epmd.port, signal: controller.signal };
    await expect(EpmdRegistration.register(node, options)).rejects.toMatchObject({ code: 'aborted' });
    await closed(epmd.connections[0]);
  });

  it('registers again after a loss, and tells both', async () => {
    await using epmd = await FakeEpmd.start(
      answeringInTurn(accept, (socket) => void socket.write(hex('76 00 00000008'))),
    );
    const { told, ...handlers } = recorder();
    await using registration = await EpmdRegistration.register(node, { port: epmd.port, retry, ...handlers });
    epmd.connections[0]!.resetAndDestroy();
    await vi.waitUntil(() => told.length === 2);
    expect(told).toEqual(['epmd_unreachable', 'creation 8']);
    expect(registration.creation).toBe(8);
    expect(registration.registered).toBe(true);
  });

  it('tells a changed reason once and keeps trying: gone, taken, gone, regained', async () => {
    const end = (socket: Socket) => void socket.resetAndDestroy();
    await using epmd = await FakeEpmd.start(answeringInTurn(acceptThenEnd, end, end, refuse, refuse, end, accept));
    const { told, ...handlers } = recorder();
    await using registration = await EpmdRegistration.register(node, { port: epmd.port, retry, ...handlers });
    await vi.waitUntil(() => told.includes('creation 7'));
    expect(told).toEqual(['epmd_unreachable', 'name_taken', 'epmd_unreachable', 'creation 7']);
    expect(epmd.connections).toHaveLength(7);
    expect(registration.registered).toBe(true);
  });

  it('takes bytes after the answer for a loss', async () => {
    await using epmd = await FakeEpmd.start(answeringInTurn(accept));
    const { told, ...handlers } = recorder();
    await using registration = await EpmdRegistration.register(node, { port: epmd.port, retry, ...handlers });
    epmd.connections[0]!.write('surprise');
    await vi.waitUntil(() => told.length === 2);
    expect(told).toEqual(['epmd_protocol', 'creation 7']);
    await closed(epmd.connections[0]);
    expect(registration.registered).toBe(true);
  });

  it('doubles its pauses up to the longest, each between half and whole', async () => {
    const gone = await FakeEpmd.start(answeringInTurn(acceptThenEnd));
    const port = gone.port;
    const pauses: number[] = [];
    const random = vi.fn(() => 0.5);
    const timer = vi.spyOn(globalThis, 'setTimeout');
    const registration = await EpmdRegistration.register(node, {
      port,
      retry: { first: 4, longest: 20, random },
      onLost: () => undefined,
    });
    await gone[Symbol.asyncDispose]();
    await vi.waitUntil(() => random.mock.calls.length >= 5);
    await registration.unregister();
    for (const [, delay] of timer.mock.calls) if (delay! < 20) pauses.push(delay!);
    timer.mockRestore();
    // The pauses of 4, 8, 16, 20 and 20 milliseconds, of which 0.5 leaves three quarters.
    expect(pauses.filter((pause) => [3, 6, 12, 15].includes(pause)).slice(0, 5)).toEqual([3, 6, 12, 15, 15]);
  });

  it('unregisters once EPMD has closed its side', async () => {
    const events: string[] = [];
    await using epmd = await FakeEpmd.start((socket) => {
      socket.once('data', () => socket.write(ACCEPTED));
      socket.once('end', () => events.push('epmd saw the end'));
    });
    const { told, ...handlers } = recorder();
    const pending = pendingTimers();
    const registration = await EpmdRegistration.register(node, { port: epmd.port, retry, ...handlers });
    await Promise.all([registration.unregister(), registration.unregister()]);
    events.push('unregistered');
    expect(events).toEqual(['epmd saw the end', 'unregistered']);
    expect(registration.registered).toBe(false);
    await registration.unregister();
    expect(pending()).toBe(0);
    expect(epmd.connections).toHaveLength(1);
    expect(told).toEqual([]);
  });

  it('unregisters within a second from an EPMD that never closes its side', async () => {
    const sockets: Socket[] = [];
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      sockets.push(socket.on('error', () => undefined));
      socket.once('data', () => socket.write(ACCEPTED));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { port } = server.address() as { port: number };
      const registration = await EpmdRegistration.register(node, { port });
      const start = performance.now();
      await registration.unregister();
      expect(performance.now() - start).toBeLessThan(3_000);
    } finally {
      for (const socket of sockets) socket.destroy();
      server.close();
    }
  });

  it('unregisters during a pause', async () => {
    const epmd = await FakeEpmd.start(answeringInTurn(accept));
    const { told, ...handlers } = recorder();
    const options = { port: epmd.port, retry: { first: 60_000 }, ...handlers };
    const registration = await EpmdRegistration.register(node, options);
    await epmd[Symbol.asyncDispose]();
    await vi.waitUntil(() => told.length === 1);
    const timers = () => process.getActiveResourcesInfo().length;
    const before = timers();
    registration.ref();
    expect(timers()).toBe(before + 1);
    await registration.unregister();
    expect(timers()).toBe(before);
    expect(registration.registered).toBe(false);
  });

  it.each([
    ['before an answer', (socket: Socket) => void socket.resume()],
    ['together with the answer', accept],
  ])('unregisters during an attempt, %s', async (_when, answer) => {
    let registration: EpmdRegistration | undefined;
    let left: Promise<void> | undefined;
    await using epmd = await FakeEpmd.start(
      answeringInTurn(acceptThenEnd, (socket) => {
        answer(socket);
        left = registration!.unregister();
      }),
    );
    const { told, ...handlers } = recorder();
    const pending = pendingTimers();
    registration = await EpmdRegistration.register(node, { port: epmd.port, retry, ...handlers });
    await vi.waitUntil(() => left !== undefined);
    await left;
    await closed(epmd.connections[1]);
    expect(pending()).toBe(0);
    expect(told).toEqual(['epmd_unreachable']);
    expect(epmd.connections).toHaveLength(2);
  });

  it('keeps the process alive only when told to', async () => {
    await using epmd = await FakeEpmd.start(answeringInTurn(accept));
    await using registration = await EpmdRegistration.register(node, { port: epmd.port });
    const sockets = () => process.getActiveResourcesInfo().filter((resource) => resource === 'TCPSocketWrap').length;
    const before = sockets();
    expect(registration.ref()).toBe(registration);
    expect(sockets()).toBe(before + 1);
    registration.unref();
    expect(sockets()).toBe(before);
  });

  it('does not keep the process alive by an attempt to register again', async () => {
    const alive = () =>
      process.getActiveResourcesInfo().filter((resource) => resource === 'TCPSocketWrap' || resource === 'Timeout')
        .length;
    await using epmd = await FakeEpmd.start(answeringInTurn(acceptThenEnd, (socket) => void socket.resume()));
    const before = alive();
    await using _registration = await EpmdRegistration.register(node, { port: epmd.port, retry });
    // Looked at when the request has arrived: the wait for its answer is all that is left, beside the socket of this side.
    await new Promise<void>((resolve) => {
      const look = () => (epmd.connections[1]?.bytesRead ? resolve() : setImmediate(look));
      look();
    });
    await closed(epmd.connections[0]);
    expect(alive()).toBe(before + 1);
  });

  it('says epmd_unreachable without an EPMD', async () => {
    const port = await freePort();
    await expect(EpmdRegistration.register(node, { port })).rejects.toMatchObject({
      code: 'epmd_unreachable',
      facts: { host: '127.0.0.1', port, name: 'js' },
      cause: { code: 'ECONNREFUSED' },
    });
  });

  it.each([
    ['invalid_node_name', { name: '', port: 1 }, {}],
    ['invalid_argument', { name: 'js', port: 70_000 }, {}],
    ['invalid_argument', { name: 'js', port: 1 }, { port: 0 }],
  ])('says %s for %j', async (code, wrong, options) => {
    await expect(EpmdRegistration.register(wrong, options)).rejects.toMatchObject({ code });
  });
});
