/**
 * The names of an EPMD: those that are registered, and those that were, with the creation of each.
 *
 * A creation tells incarnations of a name apart. As in the epmd of OTP 25, a new name gets one from the clock, and a name that
 * comes back the next one; 1000 names that are gone are remembered for that.
 */
import { WIDE_CREATION } from './server-protocol.ts';

/** What a node registered, as PORT2_RESP gives it back. */
export interface Registration {
  /** The part of the node name before the `@`. */
  readonly name: string;
  readonly port: number;
  readonly nodeType: number;
  readonly protocol: number;
  readonly highestVersion: number;
  readonly lowestVersion: number;
  readonly extra: Buffer;
}

/** A name and who has it, or who had it last. */
export interface Entry {
  readonly node: Registration;
  /** The number of the connection that keeps the name. */
  readonly connection: number;
  readonly counter: number;
}

/** Names that are gone and still remembered. */
const REMEMBERED = 1_000;

/** The creation that the node of an entry is told: 32 bits, or 1 to 3 for a node before OTP 23. */
export function creationOf({ node, counter }: Entry): number {
  return node.highestVersion >= WIDE_CREATION ? counter : (counter % 3) + 1;
}

/** The next one of 32 bits; the first three are reserved. */
function next(counter: number): number {
  return Math.max(4, (counter + 1) >>> 0);
}

export class NameTable {
  // Both in the order in which names came to them.
  readonly #active = new Map<string, Entry>();
  readonly #unused = new Map<string, Entry>();

  /**
   * @param limit - how many names can be registered at once
   * @param now - gives the time in milliseconds
   */
  constructor(
    private readonly limit: number,
    private readonly now: () => number = Date.now,
  ) {}

  /** @returns the new entry; undefined when the name is taken, or too many are */
  register(node: Registration, connection: number): Entry | undefined {
    if (this.#active.has(node.name) || this.#active.size >= this.limit) return undefined;
    const earlier = this.#unused.get(node.name);
    if (earlier !== undefined) this.#unused.delete(node.name);
    const counter = next(earlier?.counter ?? Math.floor(this.now() / 1000));
    const entry = { node, connection, counter };
    this.#active.set(node.name, entry);
    return entry;
  }

  /** The name is free again. */
  unregister(entry: Entry): void {
    const { name } = entry.node;
    if (this.#active.get(name) !== entry) return;
    this.#active.delete(name);
    this.#unused.set(name, entry);
    if (this.#unused.size > REMEMBERED) this.#unused.delete(this.#unused.keys().next().value!);
  }

  find(name: string): Entry | undefined {
    return this.#active.get(name);
  }

  /** The latest registered first. */
  active(): Entry[] {
    return [...this.#active.values()].reverse();
  }

  /** The longest gone first. */
  unused(): Entry[] {
    return [...this.#unused.values()];
  }
}
