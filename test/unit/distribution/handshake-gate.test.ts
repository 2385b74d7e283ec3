import { describe, expect, test } from 'vitest';
import { type GateMember, HandshakeGate } from '../../../lib/distribution/handshake-gate.ts';

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
