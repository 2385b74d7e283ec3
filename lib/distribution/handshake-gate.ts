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
  /** When that timer is due, by `performance.now()`. */
  #looksAt = Number.POSITIVE_INFINITY;

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
    this.#lookLater();
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

  /** Looks for a silent member when the quietest will have been silent for too long. */
  #lookLater(): void {
    if (this.#queue.length === 0) return;
    const at = this.#quietest().heardAt + this.#patienceNow;
    if (this.#looksAt <= at) return;
    this.#looksAt = at;
    clearTimeout(this.#timer);
    // Should it be this process that is busy, then what the peers have said meanwhile is read before the immediate.
    const look = () => setImmediate(() => this.#evictSilent());
    this.#timer = setTimeout(look, Math.max(1, at - performance.now())).unref();
  }

  #evictSilent(): void {
    this.#looksAt = Number.POSITIVE_INFINITY;
    if (this.#queue.length === 0) return;
    const quietest = this.#quietest();
    if (performance.now() - quietest.heardAt >= this.#patienceNow) quietest.evict();
    this.#lookLater();
  }

  /** The more wait, the less patience: it would take a flood of peers that know how to begin to hold up an honest one. */
  get #patienceNow(): number {
    const crowd = Math.ceil(this.#queue.length / this.places);
    return Math.max(Math.min(this.patience, LEAST_PATIENCE), this.patience / crowd);
  }

  #quietest(): GateMember {
    return [...this.#members].reduce((quietest, member) => (member.heardAt < quietest.heardAt ? member : quietest));
  }
}
