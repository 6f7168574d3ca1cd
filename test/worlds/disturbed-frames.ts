/** @file Frames as ingest writes them, endless and seeded: series of several partitions, some from the beginning to the
 *  end, others that come and go all the time; values that are missing, gaps, now and then a gap so long that the series
 *  begins anew; between them frames that go back in time, are no JSON, or are of nobody's stream. One stream is defined
 *  late, one deleted and defined anew with another grid, one silent until its series expire.
 *
 *  Law: the nth frame depends on the seed and n alone. */
import { durationMs, formatTime, READING_TIME_HEADER, seriesKey, StreamDefinition } from '#contracts';
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

const like = (stream: string, policy: object = {}) => StreamDefinition.parse({ ...PLANT, stream, ...policy });
/** Defined when its frames have come for a while. */
export const QUARRY = like('quarry');
/** Deleted while its frames come, and defined again with another grid. */
export const FARM = like('farm');
export const FARM_ANEW = like('farm', { frequency: '2m' });
/** Its series fall silent for so long that they expire, and come back. */
export const SHIFT = like('shift', { frequency: '10ms', expireAfter: '1s' });

/** Series that are there from the beginning to the end; every one of four partitions is home to some of `plant`. */
const STEADY: readonly Source[] = [
  ...Array<StreamDefinition>(8).fill(PLANT),
  ...Array<StreamDefinition>(3).fill(FARM),
  ...Array<StreamDefinition>(3).fill(QUARRY),
  ...Array<StreamDefinition>(4).fill(SHIFT),
].map((definition, n) => beginning(definition, `kiln-${n}`));
/** Of the frames, those of a series that is there from the beginning. */
const OF_STEADY = 0.6;
/** Another series begins each so many frames. */
const ONE_MORE_EVERY = 25;
const BEGIN_LATER = [PLANT, FARM, PLANT, QUARRY];
/** Of the frames of one turn, those among which there are some of `shift`. */
const SHIFT_TURN = 700;
const SHIFT_WORKS = 200;
const BEGIN = Date.UTC(2026, 0, 1);

interface Source {
  readonly definition: StreamDefinition;
  readonly series: string;
  /** Grid step of its newest frame, from the beginning. */
  readonly newest: number;
  /** Number of that frame among all. */
  readonly at: number;
}

export function* disturbedFrames(seed: number): Generator<OutputRecord, never> {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const steady = [...STEADY];
  const others: Source[] = [];
  for (let n = 0; ; n++) {
    const begins = n % ONE_MORE_EVERY === 0;
    if (begins) {
      const definition = BEGIN_LATER[others.length % BEGIN_LATER.length] as StreamDefinition;
      others.push(beginning(definition, `oven-${others.length}`));
    }
    const among = !begins && random() < OF_STEADY ? steady : others;
    const place = begins ? others.length - 1 : below(among.length);
    const source = among[place] as Source;
    const { definition, series, newest, at } = source;
    if (definition === SHIFT && n % SHIFT_TURN >= SHIFT_WORKS) continue;
    // Comes back where it was, or some steps before: if it has expired, it lives through them again.
    const isBack = definition === SHIFT && n - at > SHIFT_WORKS;
    const kind = random();
    let by = 1;
    if (isBack) by = 1 - below(8);
    else if (kind < 0.01) by = -below(3);
    else if (kind < 0.03) by = 2 + below(5);
    else if (kind < 0.033) by = 20;
    const step = newest + by;
    const number = (swing: number) =>
      random() < 0.08
        ? null
        : Math.round(1_000 * (swing * Math.sin(step / 1.9 + place) + 4 * random() - 2)) / 1_000;
    const stream = kind > 0.995 ? 'nobody' : definition.stream;
    const values = { heat: number(20), flow: number(3) };
    const time = formatTime(BEGIN + step * durationMs(definition.frequency));
    const text = JSON.stringify({ stream, series, time, values });
    const torn = kind > 0.99 && kind < 0.993;
    if (!torn) among[place] = { ...source, newest: isBack ? step : Math.max(newest, step), at: n };
    yield {
      topic: 'frames',
      key: seriesKey(stream, series),
      value: torn ? text.slice(0, -5) : text,
      headers: { [READING_TIME_HEADER]: String(BEGIN + n) },
    };
  }
}

function beginning(definition: StreamDefinition, series: string): Source {
  return { definition, series, newest: 0, at: 0 };
}
