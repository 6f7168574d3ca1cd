/** @file The frames of a file without Kafka: aligned by the rules by which ingest aligns its readings. */
import { alignmentRules, alignReading, type SeriesState } from '#alignment';
import { formatTime } from '#contracts';
import { HistoryBuilder, type StreamHistory } from '#engine';
import type { CsvReplay } from './csv-replay.js';
import { withTicks } from './timed-readings.js';

/** What would stand in `frames` after a replay of the file. */
export function alignedHistory(csv: CsvReplay): StreamHistory {
  const { definition } = csv;
  const rules = alignmentRules(definition);
  const builder = new HistoryBuilder(definition);
  const states = new Map<string, SeriesState | null>();
  for (const { reading, time } of withTicks(csv.readings, definition)) {
    const aligned = alignReading(rules, states.get(reading.series) ?? null, {
      time,
      values: reading.values ?? {},
    });
    states.set(reading.series, aligned.state);
    for (const frame of aligned.frames) {
      const values = Object.fromEntries(
        definition.channels.map(({ name }, index) => [name, frame.values[index] ?? null]),
      );
      builder.add({
        stream: definition.stream,
        series: reading.series,
        time: formatTime(frame.time),
        values,
      });
    }
  }
  return builder.build();
}
