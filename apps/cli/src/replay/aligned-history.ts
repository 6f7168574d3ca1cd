/** @file The frames of readings without Kafka: aligned by the rules by which ingest aligns them. */
import { alignmentRules, alignReading, type SeriesState } from '#alignment';
import { formatTime, type Frame, type StreamDefinition } from '#contracts';
import { HistoryBuilder, type StreamHistory } from '#engine';
import type { CsvReplay } from './csv-replay.js';
import { type TimedReading, withTicks } from './timed-readings.js';

/** What would stand in `frames` after a replay of the file. */
export function alignedHistory({ definition, readings }: CsvReplay): StreamHistory {
  const builder = new HistoryBuilder(definition);
  for (const frame of alignedFrames(definition, withTicks(readings, definition))) builder.add(frame);
  return builder.build();
}

/** The frames that readings give, in the order in which they are closed.
 *  @param readings in time order */
export function* alignedFrames(
  definition: StreamDefinition,
  readings: readonly TimedReading[],
): Generator<Frame> {
  const rules = alignmentRules(definition);
  const states = new Map<string, SeriesState | null>();
  for (const { reading, time } of readings) {
    const { stream, series } = reading;
    const values = reading.values ?? {};
    const { state, frames } = alignReading(rules, states.get(series) ?? null, { time, values });
    states.set(series, state);
    for (const frame of frames) {
      yield {
        stream,
        series,
        time: formatTime(frame.time),
        values: Object.fromEntries(
          definition.channels.map(({ name }, index) => [name, frame.values[index] ?? null]),
        ),
      };
    }
  }
}
