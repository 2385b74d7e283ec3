/**
 * A table by number for what comes and goes all the time, such as the calls that are under way. A `Map` will not do: each time it runs out of room V8
 * makes it a new store and leaves the old one pointing to the new one, so once one of them is old, everything that was ever in the others outlives its
 * use until the next full garbage collection.
 */

/** No key: keys are whole numbers. That it is not whole also makes V8 keep the keys as plain doubles. */
const NONE = -0.5;

const LEAST_ROOM = 8;

export class NumberTable<Value> {
  #keys: number[] = new Array<number>(LEAST_ROOM).fill(NONE);
  #values: (Value | undefined)[] = new Array<Value | undefined>(LEAST_ROOM).fill(undefined);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: number): Value | undefined {
    return this.#values[this.#find(key)];
  }

  set(key: number, value: Value): void {
    const place = this.#find(key);
    this.#values[place] = value;
    if (this.#keys[place] === key) return;
    this.#keys[place] = key;
    this.#size++;
    // Half full at most, so that looking for a key ends soon.
    if (this.#size * 2 > this.#keys.length) this.#move(this.#keys.length * 2);
  }

  /** @returns false when the key is not there */
  delete(key: number): boolean {
    const place = this.#find(key);
    if (this.#keys[place] !== key) return false;
    this.#close(place);
    this.#size--;
    if (this.#keys.length > LEAST_ROOM && this.#size * 16 < this.#keys.length) this.#move(this.#keys.length / 4);
    return true;
  }

  clear(): void {
    this.#size = 0;
    this.#make(LEAST_ROOM);
  }

  /** The entries as they are now, so that they may be taken away meanwhile. */
  entries(): [key: number, value: Value][] {
    const found: [number, Value][] = [];
    this.#keys.forEach((key, place) => {
      if (key !== NONE) found.push([key, this.#values[place]!]);
    });
    return found;
  }

  /** Where a key is, or where it would go. */
  #find(key: number): number {
    const keys = this.#keys;
    const mask = keys.length - 1;
    let place = key & mask;
    while (keys[place] !== key && keys[place] !== NONE) place = (place + 1) & mask;
    return place;
  }

  /** Empties a place, and moves what stands behind it only because it was taken. */
  #close(empty: number): void {
    const keys = this.#keys;
    const values = this.#values;
    const mask = keys.length - 1;
    let hole = empty;
    for (let place = (hole + 1) & mask; keys[place] !== NONE; place = (place + 1) & mask) {
      const wanted = keys[place] & mask;
      if (((place - wanted) & mask) < ((place - hole) & mask)) continue;
      keys[hole] = keys[place];
      values[hole] = values[place];
      hole = place;
    }
    keys[hole] = NONE;
    values[hole] = undefined;
  }

  #move(room: number): void {
    const keys = this.#keys;
    const values = this.#values;
    this.#make(room);
    for (let i = 0; i < keys.length; i++) {
      if (keys[i] === NONE) continue;
      const place = this.#find(keys[i]);
      this.#keys[place] = keys[i];
      this.#values[place] = values[i];
    }
  }

  #make(room: number): void {
    this.#keys = new Array<number>(room).fill(NONE);
    this.#values = new Array<Value | undefined>(room).fill(undefined);
  }
}
