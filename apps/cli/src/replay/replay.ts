/** @file Publishes readings in time order, at a speed that may change on the way.
 *
 *  Law: a reading is sent once, after every earlier one was acknowledged or in the same send; where the replay stopped
 *  it goes on. Sending waits for the broker, so a slow broker slows the replay and fills no memory. */
import { seriesKey } from '#contracts';
import type { OutputRecord, RecordSink } from '#kafka';
import { pause } from '#platform';
import type { Speed } from '../arguments.js';
import { Pace } from './pacing.js';
import type { TimedReading } from './timed-readings.js';

/** Large enough to compress well, small enough for a progress bar. */
const MOST_AT_ONCE = 500;
/** Readings that are due within this time go together. */
const LINGER_MS = 20;

export class Replay {
  readonly #readings: readonly TimedReading[];
  readonly #sink: RecordSink;
  readonly #now: () => number;
  #next = 0;

  /** @param readings in time order */
  constructor(
    readings: readonly TimedReading[],
    sink: RecordSink,
    now: () => number = () => performance.now(),
  ) {
    this.#readings = readings;
    this.#sink = sink;
    this.#now = now;
  }

  get sent(): number {
    return this.#next;
  }

  get total(): number {
    return this.#readings.length;
  }

  get done(): boolean {
    return this.#next === this.#readings.length;
  }

  /** What is sent next; undefined at the end. */
  get next(): TimedReading | undefined {
    return this.#readings[this.#next];
  }

  /** What was sent last. */
  get newest(): TimedReading | undefined {
    return this.#readings[this.#next - 1];
  }

  /** What was sent so far. */
  sentReadings(): readonly TimedReading[] {
    return this.#readings.slice(0, this.#next);
  }

  /** Sends on.
   *  @param until event time in milliseconds: readings at or after it are left for later
   *  @param onProgress told after every send
   *  @throws the signal's reason, and what the sink throws; a later call goes on behind the last acknowledged send */
  async run(options: {
    readonly speed: Speed;
    readonly until?: number;
    readonly signal: AbortSignal;
    readonly onProgress?: () => void;
  }): Promise<void> {
    const { speed, until = Number.POSITIVE_INFINITY, signal, onProgress } = options;
    const first = this.#readings[this.#next];
    if (first === undefined) return;
    const pace = new Pace(speed, first.time, this.#now());
    for (;;) {
      signal.throwIfAborted();
      const head = this.#readings[this.#next];
      if (head === undefined || head.time >= until) return;
      const wait = pace.waitMs(head.time, this.#now());
      if (wait > 0) await pause(wait, signal);
      const due = this.#due(pace, until);
      await this.#sink.send(due.map(recordOf));
      this.#next += due.length;
      onProgress?.();
    }
  }

  /** The next readings that may go together: at least one. */
  #due(pace: Pace, until: number): TimedReading[] {
    const horizon = this.#now() + LINGER_MS;
    let end = this.#next + 1;
    while (end < this.#readings.length && end - this.#next < MOST_AT_ONCE) {
      const { time } = this.#readings[end] as TimedReading;
      if (time >= until || pace.waitMs(time, horizon) > 0) break;
      end += 1;
    }
    return this.#readings.slice(this.#next, end);
  }
}

/** A reading as it stands on the topic `readings`. */
export function recordOf({ reading }: TimedReading): OutputRecord {
  return {
    topic: 'readings',
    key: seriesKey(reading.stream, reading.series),
    value: JSON.stringify(reading),
  };
}
