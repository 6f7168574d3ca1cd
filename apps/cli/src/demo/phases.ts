/** @file The phases of a run and the time that each took. */

export interface Phase {
  readonly name: string;
  readonly seconds: number;
}

export class Phases {
  readonly #phases: Phase[] = [];
  readonly #now: () => number;

  /** @param now milliseconds of any clock that goes on */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** What has ended so far, in the order of its end. */
  get ended(): readonly Phase[] {
    return [...this.#phases];
  }

  get totalSeconds(): number {
    return this.#phases.reduce((total, { seconds }) => total + seconds, 0);
  }

  /** Runs a phase; one that fails is no phase. */
  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const begun = this.#now();
    const result = await work();
    this.#phases.push({ name, seconds: (this.#now() - begun) / 1_000 });
    return result;
  }
}
