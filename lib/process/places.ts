/** A limit to how many things are under way at once. */
export class Places {
  #taken = 0;

  constructor(private readonly most: number) {}

  /** @returns false when all are taken */
  take(): boolean {
    if (this.#taken >= this.most) return false;
    this.#taken++;
    return true;
  }

  /** Gives one back. */
  give(): void {
    this.#taken--;
  }
}
