/** @file How far long work has come: a bar at the bottom of a terminal, a line every few seconds elsewhere.
 *
 *  Law: however often it is told, it writes at most ten times a second on a terminal and once in five seconds in a
 *  log; the end is always said, once. In a narrow terminal the bar gives way to the words. */
import type { Console } from './console.js';
import { cut, lengthOf } from './table.js';

const REPAINT_MS = 100;
const LINE_MS = 5_000;
const BAR = 24;
/** A shorter bar shows nothing. */
const SHORTEST_BAR = 4;

/** `████░░` */
export function bar(share: number, width = BAR): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

export class Progress {
  readonly #console: Console;
  readonly #label: string;
  readonly #now: () => number;
  #written: number;
  #ended = false;

  /** @param now milliseconds; a test holds the clock */
  constructor(console: Console, label: string, now: () => number = () => performance.now()) {
    this.#console = console;
    this.#label = label;
    this.#now = now;
    // The first line of a log comes after its interval; a terminal is painted at once.
    this.#written = console.live ? Number.NEGATIVE_INFINITY : now();
  }

  /** @param share done of all, from 0 to 1; null: nobody knows
   *  @param note what else there is to say */
  update(share: number | null, note = ''): void {
    if (this.#ended) return;
    const { live, columns } = this.#console;
    const now = this.#now();
    if (now - this.#written < (live ? REPAINT_MS : LINE_MS)) return;
    this.#written = now;
    const percent = share === null ? '' : `${Math.floor(share * 100)} %`;
    if (live) {
      const words = [percent.padStart(5), note].filter((part) => part.trim() !== '').join(' ');
      const room = columns - 1 - lengthOf(`${this.#label}  ${words}`);
      const shown = share === null ? '' : bar(share, Math.min(BAR, Math.max(SHORTEST_BAR, room)));
      const line = [this.#label, shown, words].filter((part) => part !== '').join(' ');
      this.#console.status(cut(line, columns - 1));
    } else {
      this.#console.say(`${this.#label}: ${[percent, note].filter((part) => part !== '').join(', ')}`);
    }
  }

  /** Says how it ended; nothing is written afterwards. */
  end(note: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#console.status(null);
    this.#console.say(`${this.#label}: ${note}`);
  }

  /** Takes the bar away without a word: something else will be said. */
  clear(): void {
    this.#ended = true;
    this.#console.status(null);
  }
}
