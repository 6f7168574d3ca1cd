/** @file What a batch of readings leads to, and the arithmetic by which nothing vanishes.
 *
 *  Counters, all of them sums over input records:
 *
 *      read = framed + duplicate + tick + forwarded + refused + sum of `dead:R` over the reasons R of whole readings
 *
 *  - `read`: input records. A forwarded reading is read twice: where it came in, and at home.
 *  - `framed`: says something of a step that was open (a correction too, also counted as `corrected`; nulls too).
 *  - `duplicate`: said nothing new.   `tick`: no values.   `forwarded`: went to its home partition.
 *  - `refused`: each of its known channels was refused; its dead letters are the channels'.
 *  - `dead:R`: dead letters by reason. OUT_OF_RANGE and NOT_FINITE are letters of one *channel*: a reading has as many
 *    as channels refused, whatever becomes of its other channels. STREAM_GONE is of what readings that were `framed`
 *    had said, one letter a time. Every other reason is of the whole reading, which then is counted nowhere else in
 *    the sum. So all letters together are the sum of all `dead:R`.
 *  - beside the sum: `frames` written, `unknownChannels` dropped from readings, `expired` series. */
import type { ErrorCode, RollcastError } from '#contracts';
import { deadLetter, type InputRecord, type OutputRecord } from '#kafka';
import { keptReading, type KeptReading } from './passed-on.js';

/** Reasons whose letters stand beside the sum: the readings are counted by what became of the rest of them, or were
 *  when they came. */
export const REASONS_BESIDE = [
  'OUT_OF_RANGE',
  'NOT_FINITE',
  'STREAM_GONE',
] as const satisfies readonly ErrorCode[];

export type Counter =
  | 'read'
  | 'framed'
  | 'corrected'
  | 'duplicate'
  | 'tick'
  | 'forwarded'
  | 'refused'
  | 'frames'
  | 'unknownChannels'
  | 'expired'
  | `dead:${ErrorCode}`;

export class BatchOutput {
  readonly records: OutputRecord[] = [];
  readonly counts: Partial<Record<Counter, number>> = {};

  count(counter: Counter, by = 1): void {
    if (by !== 0) this.counts[counter] = (this.counts[counter] ?? 0) + by;
  }

  dead(record: InputRecord, error: RollcastError): void {
    this.records.push(deadLetter('readings.dead', record, error));
    this.count(`dead:${error.code}`);
  }

  /** A reading that had been framed and that no frame will hold.
   *  @param record the one at which that was found */
  gone(record: InputRecord, reading: KeptReading): void {
    this.records.push(keptReading(record, reading));
    this.count('dead:STREAM_GONE');
  }
}
