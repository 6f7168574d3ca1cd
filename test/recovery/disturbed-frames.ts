/** @file Frames as ingest writes them, endless and seeded: series of several partitions, values that are missing, gaps, now
 *  and then a gap so long that the series begins anew; between them frames that go back in time, are no JSON, or are of
 *  nobody's stream.
 *
 *  Law: the nth frame depends on the seed and n alone. */
import { formatTime, seriesKey, StreamDefinition } from '#contracts';
import type { OutputRecord } from '#kafka';
import { seededRandom } from '#kafka/testing';

export const PLANT = StreamDefinition.parse({
  stream: 'plant',
  frequency: '1m',
  lookback: 16,
  horizon: 6,
  season: 12,
  maxGap: 12,
  channels: [{ name: 'heat', decimals: 2, min: -40, max: 40 }, { name: 'flow' }],
  model: { memory: 24 },
});

/** Every one of four partitions is home to some of them. */
const SERIES = 10;
const BEGIN = Date.UTC(2026, 0, 1) / 60_000;

export function* disturbedFrames(seed: number): Generator<OutputRecord, never> {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const minutes = new Array<number>(SERIES).fill(BEGIN);
  for (;;) {
    const place = below(SERIES);
    const series = `kiln-${place}`;
    const kind = random();
    const before = minutes[place] as number;
    const step = kind < 0.01 ? -below(3) : kind < 0.03 ? 2 + below(5) : kind < 0.033 ? 20 : 1;
    const minute = before + step;
    minutes[place] = Math.max(before, minute);
    const number = (swing: number) =>
      random() < 0.08
        ? null
        : Math.round(1_000 * (swing * Math.sin(minute / 1.9 + place) + 4 * random() - 2)) / 1_000;
    const stream = kind > 0.995 ? 'nobody' : PLANT.stream;
    const values = { heat: number(20), flow: number(3) };
    const text = JSON.stringify({ stream, series, time: formatTime(minute * 60_000), values });
    const torn = kind > 0.99 && kind < 0.993;
    if (torn) minutes[place] = before;
    yield { topic: 'frames', key: seriesKey(stream, series), value: torn ? text.slice(0, -5) : text };
  }
}
