/** @file A CSV file as something to replay: its definition, and its readings in time order.
 *
 *  Law: what was assumed about the file comes back as notes, for a person to disagree with. */
import type { StreamDefinition } from '#contracts';
import { type CsvHints, inferDefinition, openCsv } from '../csv/index.js';
import { shifted, shiftToNow, tickTime, timedReadings, type TimedReading } from './timed-readings.js';

export interface CsvReplay {
  readonly definition: StreamDefinition;
  readonly readings: readonly TimedReading[];
  readonly series: readonly string[];
  readonly notes: readonly string[];
}

/** Reads a file twice: for what it is, then for its readings.
 *  @throws BAD_CSV, INVALID_REQUEST */
export async function readCsv(path: string, hints: CsvHints): Promise<CsvReplay> {
  const file = await openCsv(path);
  const { definition, layout, notes } = await inferDefinition(file, hints);
  const readings = await timedReadings(file, layout);
  const series = [...new Set(readings.map(({ reading }) => reading.series))];
  return { definition, readings, series, notes };
}

/** The same as if it had just happened.
 *  @param live the first reading is now, and the others are still to come; otherwise the last one was just now */
export function happeningNow(
  csv: CsvReplay,
  definition: StreamDefinition,
  now: number,
  live: boolean,
): CsvReplay {
  const [first, last] = [csv.readings[0], csv.readings.at(-1)];
  if (first === undefined || last === undefined) return csv;
  const by = shiftToNow(live ? first.time : tickTime(last.time, definition), now, definition);
  return { ...csv, readings: shifted(csv.readings, by) };
}
