/**
 * Bounds how many handshakes hold a native thread at once, without letting silent peers hold up the others.
 */

/** A handshake that holds a place at the gate. */
export interface GateMember {
  /** When the peer last said something whole, by `performance.now()`: bytes that trickle in do not count. */
  heardAt: number;
  /** Ends the handshake, because others wait and its peer has gone silent. */
  evict(): void;
}

/** How many handshakes of this thread may be past their first packet at once. */
const PLACES = 32;

/** How long a peer in the middle of its handshake may be silent while one other waits, in milliseconds. */
const PATIENCE = 1_000;

/** However many wait, a peer gets this long to answer: more than the way around the world and back. */
const LEAST_PATIENCE = 400;

export class HandshakeGate {
  readonly #members = new Set<GateMember>();
  readonly #queue: { member: GateMember; enter: () => void }[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly places = PLACES,
    private readonly patience = PATIENCE,
  ) {}

  /** Calls `enter` as soon as there is a place: at once, or when another member leaves or is evicted. */
  enter(member: GateMember, enter: () => void): void {
    if (this.#members.size < this.places) {
      this.#members.add(member);
      enter();
      return;
    }
    this.#queue.push({ member, enter });
    this.#evictSilent();
  }

  /** Gives a place, or a place in the queue, back. */
  leave(member: GateMember): void {
    const queued = this.#queue.findIndex((entry) => entry.member === member);
    if (queued >= 0) this.#queue.splice(queued, 1);
    if (!this.#members.delete(member)) return;
    const next = this.#queue.shift();
    if (next === undefined) return;
    this.#members.add(next.member);
    next.enter();
  }

  #evictSilent(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#queue.length === 0) return;
    let quietest: GateMember | undefined;
    for (const member of this.#members) {
      if (quietest === undefined || member.heardAt < quietest.heardAt) quietest = member;
    }
    if (quietest === undefined) return;
    // The more wait, the less patience: it would take a flood of peers that know how to begin to hold up an honest one.
    const crowd = Math.ceil(this.#queue.length / this.places);
    const patience = Math.max(Math.min(this.patience, LEAST_PATIENCE), this.patience / crowd);
    const left = quietest.heardAt + patience - performance.now();
    if (left <= 0) quietest.evict();
    this.#timer = setTimeout(() => this.#evictSilent(), Math.max(1, left));
    this.#timer.unref();
  }
}
