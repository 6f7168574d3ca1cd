/** @file Readings as the world sends them, endless and seeded: several series, out of order within the lateness, twice,
 *  corrected, late, unreadable, of nobody's stream, in the wrong partition, and ticks; series that begin at any time; streams that are defined late, deleted, or silent
 *  until their series expire.
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

const like = (stream: string, policy: object = {}) => StreamDefinition.parse({ ...MILL, stream, ...policy });
/** Defined when its readings have come for a while. */
export const LATHE = like('lathe');
/** Deleted while its readings come, and defined again with another grid. */
export const SAW = like('saw');
export const SAW_ANEW = like('saw', { frequency: '20s' });
/** Its series fall silent for so long that they expire, and come back. */
export const SHIFT = like('shift', { frequency: '10ms', lateness: '30s', lookback: 8, expireAfter: '1s' });
/** Of the readings of one turn, those among which there are some of `shift`. */
const SHIFT_TURN = 1_600;
const SHIFT_WORKS = 500;

/** Series whose readings keep the pace. */
const SERIES = 12;
/** One more begins each so many readings. */
const ONE_MORE_EVERY = 400;
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
    const series = `machine-${below(SERIES + Math.floor(n / ONE_MORE_EVERY))}`;
    const other = random();
    const works = n % SHIFT_TURN < SHIFT_WORKS;
    const stream = other < 0.1 ? 'lathe' : other < 0.2 ? 'saw' : other < 0.3 && works ? 'shift' : 'mill';
    const key = `${stream}/${series}`;
    const late = chance(0.03) ? 600_000 : 0;
    const time = BEGIN + Math.floor(n / SERIES) * PACE - below(25_000) - late;
    const values = {
      speed: chance(0.02) ? 1_048 : Math.round(random() * 400) / 10,
      ...(chance(0.7) && { load: chance(0.1) ? null : Math.round(random() * 9_000) / 1_000 }),
      ...(chance(0.05) && { colour: 1 }),
    };
    const reading = { stream: chance(0.01) ? 'kiln' : stream, series, time, values };
    const kind = random();
    let value = JSON.stringify(reading);
    if (kind < 0.01) value = value.slice(0, -2);
    else if (kind < 0.02) value = value.replace('"time":', '"time":"yesterday","was":');
    else if (kind < 0.03) value = value.replace('"speed":', '"speed":1e999,"was":');
    else if (kind < 0.04) value = JSON.stringify({ ...reading, values: { colour: 1 } });
    else if (kind < 0.06) value = JSON.stringify({ stream, series, time });
    let record: OutputRecord = { topic: 'readings', key, value, headers: { n: String(n) } };
    if (last !== null && chance(0.04)) {
      const again = String(last.value);
      const said = chance(0.5) ? again : again.replace(/"speed":[\d.]+/, '"speed":1.5');
      record = { ...last, value: said, headers: { n: String(n) } };
    } else if (chance(0.08)) {
      // As librdkafka's own hash would put it, or without a key: somewhere else.
      const elsewhere = (homePartition(key, partitions) + 1 + below(partitions - 1)) % partitions;
      record = { ...record, key: chance(0.5) ? null : key, partition: elsewhere };
    }
    last = record;
    yield record;
  }
}
