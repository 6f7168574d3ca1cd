/** @file When things run: at most so often, or again and again with back-off. The timers are handed in, so that tests
 *  hold the clock. */

/** The two functions of a timer that are needed here. */
export interface Timers {
  after(ms: number, run: () => void): () => void;
}

export const browserTimers: Timers = {
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => {
      clearTimeout(timer);
    };
  },
};

/** A function that runs `run` at once when it has been quiet, else once at the end of the interval: the newest request
 *  is never lost, and never are there more than one run in `intervalMs`. */
export function atMostEvery(intervalMs: number, run: () => void, timers: Timers): () => void {
  let resting = false;
  let wanted = false;
  const start = () => {
    resting = true;
    timers.after(intervalMs, () => {
      resting = false;
      if (!wanted) return;
      wanted = false;
      start();
    });
    run();
  };
  return () => {
    if (resting) wanted = true;
    else start();
  };
}

/** Runs a task now and, after each end of it, again: after `pause()` ms when it went well, after twice as long for
 *  every failure in a row, up to `longestMs`. Runs never overlap. */
export class Repeater {
  #failures = 0;
  #stopped = true;
  #running = false;
  #again = false;
  #cancel: () => void = () => {};

  /** @param task says whether it went well; it must not throw */
  constructor(
    private readonly task: () => Promise<boolean>,
    private readonly pause: () => number,
    private readonly timers: Timers,
    private readonly longestMs = 15_000,
  ) {}

  start(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    this.soon();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  /** Runs without waiting for the pause; once more after the present run, when there is one. */
  soon(): void {
    if (this.#stopped) return;
    this.#cancel();
    if (this.#running) this.#again = true;
    else void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    const well = await this.task();
    this.#running = false;
    this.#failures = well ? 0 : this.#failures + 1;
    if (this.#stopped) return;
    const again = this.#again;
    this.#again = false;
    const wait = again ? 0 : Math.min(this.longestMs, this.pause() * 2 ** this.#failures);
    this.#cancel = this.timers.after(wait, () => void this.#run());
  }
}
