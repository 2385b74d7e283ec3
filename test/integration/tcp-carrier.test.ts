/** The TCP carrier against plain sockets: which address is taken, and how a connection ends. */
import { once } from 'node:events';
import { createServer, connect as plainConnect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { IDLE_HANDLER } from '../../lib/carrier/carrier.ts';
import { chunkOf } from '../../lib/carrier/chunk.ts';
import { connectTcp, type TcpCarrier } from '../../lib/carrier/tcp.ts';
import { Deadline } from '../../lib/deadline.ts';
import { freePort } from '../helpers/epmd.ts';
import { ErlangNode } from '../helpers/erlang.ts';
import { failure, until } from '../helpers/until.ts';

const cleanup: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanup.splice(0).reverse()) await clean();
});

async function listen(host: string, port = 0): Promise<{ port: number; sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => sockets.push(socket.on('error', () => undefined)));
  server.listen({ host, port });
  await once(server, 'listening');
  cleanup.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as { port: number }).port, sockets };
}

/** A port of the host at which connections are neither accepted nor refused: the queue of its listener is full. */
async function fullListener(host: string): Promise<number> {
  const erlang = await ErlangNode.start();
  const ip = host.replaceAll('.', ',');
  const listening = `{ok, L} = gen_tcp:listen(0, [{ip, {${ip}}}, {backlog, 0}]), {ok, P} = inet:port(L), P`;
  const port = Number(await erlang.evaluate(listening));
  const fill = [1, 2, 3].map(() => plainConnect({ host, port }).on('error', () => undefined));
  cleanup.push(async () => {
    for (const socket of fill) socket.destroy();
    await erlang.stop();
  });
  await until('the queue to be full', () => fill.some((socket) => !socket.connecting));
  return port;
}

async function connect(addresses: string[], port: number, timeout = 5_000, signal?: AbortSignal): Promise<TcpCarrier> {
  const deadline = new Deadline(timeout, signal);
  try {
    const carrier = await connectTcp(addresses, port, deadline);
    cleanup.push(() => carrier.destroy());
    return carrier;
  } finally {
    deadline.dispose();
  }
}

describe('connecting', () => {
  test('takes the first address that accepts', async () => {
    const { port } = await listen('127.0.0.2');
    expect((await connect(['127.0.0.1', '127.0.0.2'], port)).remote).toBe(`127.0.0.2:${port}`);
  });

  test('says why when every address fails', async () => {
    const port = await freePort();
    expect(await failure(connect(['127.0.0.1', '127.0.0.2'], port))).toMatchObject({
      code: 'connection_refused',
      facts: { port, errno: 'ECONNREFUSED' },
    });
  });

  test('does not wait for an address that does not answer', async () => {
    const port = await fullListener('127.0.0.9');
    const { sockets } = await listen('127.0.0.8', port);
    const carrier = await connect(['127.0.0.9', '127.0.0.8'], port, 4_000);
    expect(carrier.remote).toBe(`127.0.0.8:${port}`);
    await until('the connection', () => sockets.length === 1);
  });

  test('ends at the deadline when no address answers', async () => {
    const port = await fullListener('127.0.0.9');
    expect(await failure(connect(['127.0.0.9'], port, 200))).toMatchObject({
      code: 'timeout',
      facts: { stage: 'connect', addresses: ['127.0.0.9'], port, timeout: 200 },
    });
  });

  test('ends when it is aborted', async () => {
    const port = await fullListener('127.0.0.9');
    const abort = new AbortController();
    const connecting = failure(connect(['127.0.0.9'], port, 60_000, abort.signal));
    abort.abort('enough');
    expect(await connecting).toMatchObject({ code: 'aborted', cause: 'enough' });
  });
});

describe('an open connection', () => {
  test('keeps bytes that the kernel does not take until they are written, and says when they are', async () => {
    const { port, sockets } = await listen('127.0.0.1');
    const carrier = await connect(['127.0.0.1'], port);
    await until('the connection', () => sockets.length === 1);
    const [far] = sockets;
    far!.pause();
    let drained = false;
    carrier.handler = { ...IDLE_HANDLER, drained: () => (drained = true) };
    const bytes = Buffer.alloc(32 * 1024 * 1024, 7);
    carrier.send([chunkOf(bytes)]);
    expect(carrier.queuedBytes).toBeGreaterThan(0);
    expect(drained).toBe(false);
    let got = 0;
    far!.on('data', (chunk) => {
      got += chunk.length;
    });
    far!.resume();
    await until('all bytes', () => got === bytes.length);
    await until('the end of the queue', () => drained);
    expect(carrier.queuedBytes).toBe(0);
  });

  test('sends what is queued before it ends, and waits for the other side to end as well', async () => {
    const { port, sockets } = await listen('127.0.0.1');
    const carrier = await connect(['127.0.0.1'], port);
    await until('the connection', () => sockets.length === 1);
    const [far] = sockets;
    far!.write('unread bytes, which would turn a plain close into a reset');
    const bytes = Buffer.alloc(16 * 1024 * 1024, 7);
    carrier.send([chunkOf(bytes)]);
    let over = false;
    const ending = carrier.end(20_000).then(() => {
      over = true;
    });
    let got = 0;
    for await (const chunk of far!) got += (chunk as Buffer).length;
    expect(got).toBe(bytes.length);
    expect(over).toBe(false);
    far!.end();
    await ending;
  });

  test('does not wait for ever for the other side to end', async () => {
    const { port } = await listen('127.0.0.1');
    const carrier = await connect(['127.0.0.1'], port);
    await carrier.end(50);
  });

  test('tells once that the other side has reset it', async () => {
    const { port, sockets } = await listen('127.0.0.1');
    const carrier = await connect(['127.0.0.1'], port);
    await until('the connection', () => sockets.length === 1);
    const ends: unknown[] = [];
    carrier.handler = { ...IDLE_HANDLER, ended: (error) => ends.push(error) };
    carrier.resume();
    sockets[0]!.resetAndDestroy();
    await until('the end', () => ends.length > 0);
    carrier.send([chunkOf(Buffer.from('too late'))]);
    expect(ends).toMatchObject([{ code: 'connection_failed', facts: { errno: 'ECONNRESET' } }]);
  });
});
