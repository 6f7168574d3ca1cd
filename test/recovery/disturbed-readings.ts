/** @file Readings as the world sends them, endless and seeded: several series, out of order within the lateness, twice,
 *  corrected, late, unreadable, of nobody's stream, in the wrong partition, and ticks.
 *
 *  Law: the nth reading depends on the seed and n alone. No time is absurd: what is written must not depend on when
 *  the records were appended, or a second run of the same readings could not write the same. */
import { StreamDefinition } from '#contracts';
import { homePartition, type OutputRecord } from '#kafka';
import { seededRandom } from '#kafka/testing';

export const MILL = StreamDefinition.parse({
  stream: 'mill',
  frequency: '10s',
  lateness: '30s',
  maxGap: 100,
  channels: [
    { name: 'speed', min: 0, max: 50, decimals: 1 },
    { name: 'load', min: -10, max: 10, decimals: 3, aggregate: 'last' },
  ],
});

const SERIES = 12;
const BEGIN = Date.UTC(2026, 0, 1);
/** Event time between two readings of one series (milliseconds). */
const PACE = 4_000;

/** @param partitions where misplaced readings are misplaced among */
export function* disturbedReadings(seed: number, partitions: number): Generator<OutputRecord, never> {
  const random = seededRandom(seed);
  const chance = (probability: number) => random() < probability;
  const below = (limit: number) => Math.floor(random() * limit);
  let last: OutputRecord | null = null;
  for (let n = 0; ; n++) {
    const series = `machine-${below(SERIES)}`;
    const key = `mill/${series}`;
    const late = chance(0.03) ? 600_000 : 0;
    const time = BEGIN + Math.floor(n / SERIES) * PACE - below(25_000) - late;
    const values = {
      speed: chance(0.02) ? 1_048 : Math.round(random() * 400) / 10,
      ...(chance(0.7) && { load: chance(0.1) ? null : Math.round(random() * 9_000) / 1_000 }),
      ...(chance(0.05) && { colour: 1 }),
    };
    const reading = { stream: chance(0.01) ? 'kiln' : 'mill', series, time, values };
    const kind = random();
    let value = JSON.stringify(reading);
    if (kind < 0.01) value = value.slice(0, -2);
    else if (kind < 0.02) value = value.replace('"time":', '"time":"yesterday","was":');
    else if (kind < 0.03) value = value.replace('"speed":', '"speed":1e999,"was":');
    else if (kind < 0.04) value = JSON.stringify({ ...reading, values: { colour: 1 } });
    else if (kind < 0.06) value = JSON.stringify({ stream: 'mill', series, time });
    let record: OutputRecord = { topic: 'readings', key, value, headers: { n: String(n) } };
    if (last !== null && chance(0.04)) record = { ...last, headers: { n: String(n) } };
    else if (chance(0.08)) {
      // As librdkafka's own hash would put it, or without a key: somewhere else.
      const elsewhere = (homePartition(key, partitions) + 1 + below(partitions - 1)) % partitions;
      record = { ...record, key: chance(0.5) ? null : key, partition: elsewhere };
    }
    last = record;
    yield record;
  }
}
