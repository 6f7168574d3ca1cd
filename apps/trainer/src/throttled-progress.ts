/** @file Progress on its way to Redis: the newest, at most so often.
 *
 *  Law: the first report and the last one before `flush` always arrive; of those between, the newest when the time is
 *  up. One write is under way at most, so a Redis that is away costs one report of memory. */

export class ThrottledProgress<P> {
  readonly #write: (progress: P) => Promise<unknown>;
  readonly #everyMs: number;
  #newest: { readonly progress: P } | null = null;
  #writing: Promise<void> = Promise.resolve();
  #busy = false;
  #timer: NodeJS.Timeout | null = null;

  /** @param write what fails in it is let pass: a later report says more */
  constructor(write: (progress: P) => Promise<unknown>, everyMs: number) {
    this.#write = write;
    this.#everyMs = everyMs;
  }

  report(progress: P): void {
    this.#newest = { progress };
    if (!this.#busy && this.#timer === null) this.#send();
  }

  /** Sends what is left and waits for it. */
  async flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    await this.#writing;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#newest === null) return;
    this.#send();
    await this.flush();
  }

  #send(): void {
    const newest = this.#newest;
    if (newest === null) return;
    this.#newest = null;
    this.#busy = true;
    this.#writing = this.#write(newest.progress).then(
      () => this.#sent(),
      () => this.#sent(),
    );
  }

  #sent(): void {
    this.#busy = false;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#send();
    }, this.#everyMs);
    this.#timer.unref();
  }
}
