/** @file Which readings of a file are in Kafka already, found before anything is sent.
 *
 *  A reading behind the newest one of its series lies in a closed step: sending it again would make a dead letter of
 *  it. So the newest event time of each series is looked for where it is cheap: the predictor's list of series (its
 *  newest frame), and the tail of the series' home partitions of `readings` (a replay whose frames are not made yet).
 *
 *  Law: what is left out was published before, or would be late; what is sent twice at the most is the newest time of
 *  a series, which ingest counts as a duplicate. */
import {
  durationMs,
  eventTimeMs,
  Reading,
  seriesKey,
  type SeriesView,
  type StreamDefinition,
} from '#contracts';
import { homePartition, type InputRecord, type TopicRange } from '#kafka';
import type { TimedReading } from './timed-readings.js';

/** Met by `TopicReader`. */
export interface Tail {
  bounds(topic: string): Promise<readonly { partition: number; low: bigint; end: bigint }[]>;
  range(range: TopicRange, signal?: AbortSignal): AsyncIterable<readonly InputRecord[]>;
}

/** Records of each home partition that are looked at: a moment's work, and a replay's end lies there. */
const TAIL_RECORDS = 5_000n;

/** By series: readings before this event time (milliseconds) are there already. */
export type Newest = ReadonlyMap<string, number>;

/** @param frames as the predictor lists them
 *  @param tail null: nobody can look at it */
export async function newestPublished(
  { stream, frequency, maxAhead }: StreamDefinition,
  series: readonly string[],
  frames: readonly SeriesView[],
  tail: Tail | null,
  signal: AbortSignal,
): Promise<Newest> {
  const newest = new Map<string, number>();
  const note = (name: string, time: number) => {
    if (time > (newest.get(name) ?? Number.NEGATIVE_INFINITY)) newest.set(name, time);
  };
  const wanted = new Set(series);
  for (const { series: name, lastFrame } of frames) {
    // A frame is there when its step is closed.
    if (wanted.has(name)) note(name, eventTimeMs(lastFrame) + durationMs(frequency));
  }
  if (tail === null) return newest;
  const bounds = await tail.bounds('readings');
  const homes = new Set(series.map((name) => homePartition(seriesKey(stream, name), bounds.length)));
  for (const { partition, low, end } of bounds) {
    if (!homes.has(partition)) continue;
    const from = end - TAIL_RECORDS > low ? end - TAIL_RECORDS : low;
    for await (const records of tail.range({ topic: 'readings', partition, from, to: end }, signal)) {
      for (const record of records) {
        const reading = readingIn(record);
        if (reading?.stream !== stream || !wanted.has(reading.series)) continue;
        const time = eventTimeMs(reading.time);
        // An absurd time moved nothing.
        if (time <= record.timestamp + durationMs(maxAhead)) note(reading.series, time);
      }
    }
  }
  return newest;
}

/** Parts readings into those that are there already and those that are to be sent. */
export function notYetPublished(
  readings: readonly TimedReading[],
  newest: Newest,
): { before: number; rest: TimedReading[] } {
  const rest = readings.filter(
    ({ time, reading }) => time >= (newest.get(reading.series) ?? Number.NEGATIVE_INFINITY),
  );
  return { before: readings.length - rest.length, rest };
}

/** Anybody may have written anything here. */
function readingIn({ value }: InputRecord): Reading | null {
  try {
    const parsed = Reading.safeParse(JSON.parse(value?.toString() ?? ''));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
