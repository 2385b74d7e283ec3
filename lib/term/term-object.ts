import { inspect } from 'node:util';

/** What format.ts and equals.ts lend to the term classes, which stand below them and so cannot import them. */
interface Behaviour {
  format(term: unknown): string;
  equals(a: unknown, b: unknown): boolean;
}

const behaviour: Partial<Behaviour> = {};

/** Called once each by format.ts and equals.ts when they load. */
export function lendBehaviour(part: Partial<Behaviour>): void {
  Object.assign(behaviour, part);
}

function lent<K extends keyof Behaviour>(name: K): Behaviour[K] {
  const found = behaviour[name];
  if (found === undefined) throw new Error(`lib/term/${name}.ts is not loaded: import it, the encoder or the decoder`);
  return found;
}

/** The base of every class that stands for an Erlang term. */
export abstract class TermObject {
  /**
   * True when `other` is the same Erlang term, as `=:=` says.
   *
   * @param other - any value; one that is no term equals nothing
   */
  equals(other: unknown): boolean {
    return lent('equals')(this, other);
  }

  /** The term as Erlang prints it on one line (`io:format("~0p")`). */
  toString(): string {
    return lent('format')(this);
  }

  /** The same text in `console.log` and `util.inspect`. */
  [inspect.custom](): string {
    return this.toString();
  }
}
