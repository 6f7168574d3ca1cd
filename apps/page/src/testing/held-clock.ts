/** @file Timers for specs: time moves only when the test moves it. */
import { type Timers } from '../rhythm.js';

export class HeldClock implements Timers {
  now = 0;
  #due: { at: number; run: () => void }[] = [];

  after(ms: number, run: () => void): () => void {
    const entry = { at: this.now + ms, run };
    this.#due.push(entry);
    return () => {
      this.#due = this.#due.filter((other) => other !== entry);
    };
  }

  /** Milliseconds until each waiting timer. */
  get waiting(): number[] {
    return this.#due.map((entry) => entry.at - this.now);
  }

  /** Moves on by `ms`, running everything that falls due on the way and the promises that it settles. */
  async move(ms: number): Promise<void> {
    const end = this.now + ms;
    await settle();
    for (;;) {
      const next = this.#due.filter((entry) => entry.at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#due = this.#due.filter((entry) => entry !== next);
      this.now = next.at;
      next.run();
      await settle();
    }
    this.now = end;
  }
}

/** Lets promises that are settled already run their followers. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 12; turn += 1) await Promise.resolve();
}
