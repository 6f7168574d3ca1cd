/** @file When a reading of the past is due, if the past is to pass at a certain speed. Pure: the clock is given in.
 *
 *  Law: at speed N the event times of what has been sent are N times as far apart as the moments of sending; `max` is
 *  always due. A new pace begins where it is set, so a replay may be slowed down in the middle. */
import type { Speed } from '../arguments.js';

export class Pace {
  readonly #speed: Speed;
  readonly #begunAt: number;
  readonly #firstTime: number;

  /** @param firstTime event time that is due at once; milliseconds
   *  @param now milliseconds of any clock that goes on */
  constructor(speed: Speed, firstTime: number, now: number) {
    this.#speed = speed;
    this.#begunAt = now;
    this.#firstTime = firstTime;
  }

  /** Milliseconds until a reading of this event time is due; 0: it is. */
  waitMs(time: number, now: number): number {
    if (this.#speed === 'max') return 0;
    return Math.max(0, this.#begunAt + (time - this.#firstTime) / this.#speed - now);
  }
}
