/** @file The readings of a CSV file in the order in which they happened.
 *
 *  Law: sorted by time, equal times in the order of the file, so that all series go on together and none is late,
 *  however the file is grouped. The whole file is in memory: it refuses one that is too large for that. */
import {
  durationMs,
  eventTimeMs,
  formatTime,
  gridIndex,
  type Reading,
  RollcastError,
  stepBegin,
  type StreamDefinition,
} from '#contracts';
import { type CsvFile, type CsvLayout, readingsOfCsv } from '../csv/index.js';

export interface TimedReading {
  /** Event time, milliseconds. */
  readonly time: number;
  readonly reading: Reading;
}

/** Some hundred bytes each. */
export const MOST_READINGS = 3_000_000;

/** @throws BAD_CSV, INVALID_REQUEST */
export async function timedReadings(
  file: CsvFile,
  layout: CsvLayout,
  most = MOST_READINGS,
): Promise<TimedReading[]> {
  const readings: TimedReading[] = [];
  for await (const reading of readingsOfCsv(file, layout)) {
    if (readings.length === most) {
      const problem = `${file.path} has more than ${most} rows: cut it in time, and replay the parts one after the other`;
      throw new RollcastError('INVALID_REQUEST', { problem });
    }
    readings.push({ time: eventTimeMs(reading.time), reading });
  }
  // Array.prototype.sort is stable.
  return readings.sort((one, other) => one.time - other.time);
}

/** The same readings moved in time.
 *  @param by milliseconds */
export function shifted(readings: readonly TimedReading[], by: number): TimedReading[] {
  if (by === 0) return [...readings];
  return readings.map(({ time, reading }) => ({
    time: time + by,
    reading: { ...reading, time: formatTime(time + by) },
  }));
}

/** How far to move readings so that they end, or begin, now: whole steps, so that the grid stays what it is.
 *  @param end what comes to lie just before `now`; event time in milliseconds */
export function shiftToNow(
  end: number,
  now: number,
  { frequency }: Pick<StreamDefinition, 'frequency'>,
): number {
  const step = durationMs(frequency);
  return Math.floor((now - end) / step) * step;
}

/** The readings, and for each series the tick that closes its last step: a reading without values, at the first time
 *  that lets the watermark pass its end.
 *  @param readings in time order; so is the answer */
export function withTicks(readings: readonly TimedReading[], definition: StreamDefinition): TimedReading[] {
  const last = new Map<string, number>();
  for (const { time, reading } of readings) last.set(reading.series, time);
  const ticks = [...last].map(([series, newest]): TimedReading => {
    const time = tickTime(newest, definition);
    return { time, reading: { stream: definition.stream, series, time: formatTime(time) } };
  });
  return [...readings, ...ticks].sort((one, other) => one.time - other.time);
}

/** Event time at which the step of `time` is closed, whatever the lateness. */
export function tickTime(time: number, { frequency, lateness }: StreamDefinition): number {
  const step = durationMs(frequency);
  return stepBegin(gridIndex(time, step) + 1, step) + durationMs(lateness);
}
