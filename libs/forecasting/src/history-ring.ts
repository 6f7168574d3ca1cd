/** @file The last grid steps of one series, as they were observed: the values that a forecaster remembers.
 *
 *  Law: after a push the ring says exactly what the last `capacity` grid steps held, whatever came before them; steps
 *  between two pushes were not observed. It fills nothing and knows no channel's meaning. */
import { RollcastError } from '#contracts';

export class HistoryRing {
  readonly channels: number;
  readonly capacity: number;
  /** `[channels][capacity]`, a circle each; the newest value stands at `newest`. */
  private readonly values: Float64Array;
  private newest = -1;
  private first = NaN;
  private last = NaN;

  constructor(channels: number, capacity: number) {
    this.channels = channels;
    this.capacity = capacity;
    this.values = new Float64Array(channels * capacity).fill(NaN);
  }

  /** Grid steps from the first push to the last one, both included; 0 before the first. */
  get lived(): number {
    return Number.isNaN(this.first) ? 0 : this.last - this.first + 1;
  }

  /** O(channels), and O(channels) for every step in between, at most `capacity` of them.
   *  @param gridIndex greater than that of the push before.
   *  @param values `[channels]`, NaN: not observed.
   *  @throws INTERNAL if time stands still or runs backwards. */
  push(gridIndex: number, values: Float64Array): void {
    if (gridIndex <= this.last) {
      throw new RollcastError('INTERNAL', {
        problem: `grid step ${gridIndex} follows grid step ${this.last}`,
      });
    }
    if (Number.isNaN(this.first)) this.first = gridIndex;
    else this.skip(gridIndex - this.last - 1);
    this.last = gridIndex;
    this.newest = (this.newest + 1) % this.capacity;
    for (let channel = 0, at = this.newest; channel < this.channels; channel++, at += this.capacity) {
      this.values[at] = values[channel] as number;
    }
  }

  /** Copies the last `into.length` values of a channel, oldest first; NaN where the series had not begun.
   *  @param into at most `capacity` long. */
  copyLast(channel: number, into: Float64Array): void {
    const begin = channel * this.capacity;
    const end = begin + this.newest + 1;
    const recent = Math.min(into.length, this.newest + 1);
    into.set(this.values.subarray(end - recent, end), into.length - recent);
    const older = into.length - recent;
    if (older > 0) {
      into.set(this.values.subarray(begin + this.capacity - older, begin + this.capacity), 0);
    }
  }

  private skip(steps: number): void {
    if (steps >= this.capacity) {
      this.values.fill(NaN);
      return;
    }
    for (let step = 0; step < steps; step++) {
      this.newest = (this.newest + 1) % this.capacity;
      for (let channel = 0, at = this.newest; channel < this.channels; channel++, at += this.capacity) {
        this.values[at] = NaN;
      }
    }
  }
}
