/** Work that is under way, and those who wait for some of it to end. */

interface Waiting {
  fewerThan: number;
  go(): void;
}

export class Tasks {
  #running = 0;
  #waiting: Waiting[] = [];

  /** @param work - does not reject */
  add(work: Promise<void>): void {
    this.#running++;
    void work.then(() => {
      this.#running--;
      this.#look();
    });
  }

  /** Waits until less is under way. */
  async fewerThan(limit: number): Promise<void> {
    if (this.#running < limit) return;
    await new Promise<void>((go) => this.#waiting.push({ fewerThan: limit, go }));
  }

  #look(): void {
    const ready = this.#waiting.filter(({ fewerThan }) => this.#running < fewerThan);
    if (ready.length === 0) return;
    this.#waiting = this.#waiting.filter((each) => !ready.includes(each));
    for (const { go } of ready) go();
  }
}
