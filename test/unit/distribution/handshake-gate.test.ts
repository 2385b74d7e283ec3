import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { type GateMember, HandshakeGate } from '../../../lib/distribution/handshake-gate.ts';
import { LoopbackServer } from '../../helpers/loopback-server.ts';

class Member implements GateMember {
  heardAt = performance.now();
  entered = false;
  readonly evicted: Promise<void>;
  evict!: () => void;

  constructor(private readonly gate: HandshakeGate) {
    this.evicted = new Promise((resolve) => {
      this.evict = () => {
        gate.leave(this);
        resolve();
      };
    });
  }

  enter(): this {
    this.gate.enter(this, () => {
      this.entered = true;
    });
    return this;
  }
}

/** Answers, so that what it said waits to be read. */
class EchoServer extends LoopbackServer {
  #answered!: () => void;
  readonly answered = new Promise<void>((resolve) => {
    this.#answered = resolve;
  });

  static start(): Promise<EchoServer> {
    return new EchoServer().listen();
  }

  protected override connected(socket: Socket): void {
    socket.on('data', (bytes) => socket.write(bytes, () => this.#answered()));
  }
}

describe('HandshakeGate', () => {
  test('lets in as many as it has places, and the next when one leaves', () => {
    const gate = new HandshakeGate(2, 60_000);
    const [a, b, c] = [new Member(gate).enter(), new Member(gate).enter(), new Member(gate).enter()];
    expect([a.entered, b.entered, c.entered]).toEqual([true, true, false]);
    gate.leave(a);
    expect(c.entered).toBe(true);
  });

  test('serves those who wait in order, and forgets those who leave the queue', () => {
    const gate = new HandshakeGate(1, 60_000);
    const [a, b, c] = [new Member(gate).enter(), new Member(gate).enter(), new Member(gate).enter()];
    gate.leave(b);
    gate.leave(a);
    expect([b.entered, c.entered]).toEqual([false, true]);
  });

  test('ends the one that has been silent longest when others wait', async () => {
    const gate = new HandshakeGate(2, 50);
    const quiet = new Member(gate).enter();
    quiet.heardAt -= 40;
    const lively = new Member(gate).enter();
    const waiting = new Member(gate).enter();
    await quiet.evicted;
    expect(waiting.entered).toBe(true);
    expect(lively.entered).toBe(true);
  });

  test('does not take for silence what this process was too busy to read', async () => {
    await using server = await EchoServer.start();
    const socket = connect(server.port, '127.0.0.1');
    await once(socket, 'connect');
    const gate = new HandshakeGate(1, 200);
    const member = new Member(gate).enter();
    let evicted = false;
    void member.evicted.then(() => {
      evicted = true;
    });
    new Member(gate).enter();
    const heard = new Promise<void>((resolve) => {
      socket.once('data', () => {
        member.heardAt = performance.now();
        resolve();
      });
    });
    socket.write('hello');
    await server.answered;
    const end = performance.now() + 300;
    while (performance.now() < end);
    await heard;
    await new Promise((resolve) => setImmediate(resolve));
    expect(evicted).toBe(false);
    socket.destroy();
    await member.evicted;
  });

  test('has the less patience the more wait', async () => {
    const gate = new HandshakeGate(1, 60_000);
    const quiet = new Member(gate).enter();
    quiet.heardAt -= 10_000;
    const [first] = Array.from({ length: 10 }, () => new Member(gate).enter());
    await quiet.evicted;
    expect(first!.entered).toBe(true);
  });

  test('ends nobody while there is room', () => {
    const gate = new HandshakeGate(2, 0);
    const silent = new Member(gate).enter();
    silent.heardAt = 0;
    const other = new Member(gate).enter();
    expect([silent.entered, other.entered]).toEqual([true, true]);
    gate.leave(other);
    expect(new Member(gate).enter().entered).toBe(true);
  });
});
