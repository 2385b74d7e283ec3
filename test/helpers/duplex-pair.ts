/** Two ends of a stream in memory: what is written to one is read from the other, at once or when the test says so. */
import { Duplex } from 'node:stream';

export class StreamEnd extends Duplex {
  other!: StreamEnd;
  #held: (() => void)[] | undefined;
  #reading: (() => void) | undefined;

  override _read(): void {
    const go = this.#reading;
    this.#reading = undefined;
    go?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#act(() => {
      if (this.other.destroyed || this.other.push(chunk)) done();
      else this.other.#reading = done;
    });
  }

  override _final(done: () => void): void {
    this.#act(() => {
      if (!this.other.destroyed) this.other.push(null);
      done();
    });
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    // As with a socket: what was written before arrives, and then the other end sees that this one is gone.
    this.#act(() => queueMicrotask(() => this.other.destroy()));
    done(error);
  }

  /** Keeps back what is written from now on, and the close behind it, until {@link step} or {@link release}. */
  hold(): this {
    this.#held ??= [];
    return this;
  }

  /** How much is kept back. */
  get held(): number {
    return this.#held?.length ?? 0;
  }

  /** Lets the oldest of what is kept back go. */
  step(): void {
    this.#held?.shift()?.();
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const act of held) act();
  }

  #act(act: () => void): void {
    if (this.#held === undefined) act();
    else this.#held.push(act);
  }
}

export function duplexPair(): [StreamEnd, StreamEnd] {
  const [a, b] = [new StreamEnd(), new StreamEnd()];
  a.other = b;
  b.other = a;
  return [a, b];
}
