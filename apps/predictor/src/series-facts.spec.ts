import { eventTimeMs, Forecast, formatTime, seriesKey, StreamDefinition } from '#contracts';
import { InMemoryLog, pump, seededRandom } from '#kafka/testing';
import { expect, test } from 'vitest';
import { framesTask } from './frames.task.js';
import { digestOf, factsOf, gridMark, latestForecastsFrom } from './series-facts.js';
import { encodeSeries } from './series-record.js';
import { definition as world, HOUR, Versions } from './testing/frames-world.js';

const state = (series: string, partition: number, latest: string | null) => ({
  key: Buffer.from(seriesKey('mill', series)),
  value: Buffer.from(
    encodeSeries({
      fingerprint: 'f',
      seen: 0,
      life: null,
      memory: { first: 3, last: 9, scores: {} },
      frames: [],
      forecasts: [],
      latest,
    }),
  ),
  partition,
});

test('of a record the few numbers stay that people are told', () => {
  const digest = digestOf(state('a/1', 2, '80'));
  const grid = gridMark('f');
  expect(factsOf(digest)).toEqual({ first: 3, last: 9, partition: 2, forecastFrom: '80', grid });
  expect([grid.length, gridMark('g') === grid]).toEqual([8, false]);
});

test.each([1, 3, 8, 24])(
  'the latest forecast is found from there on where every %i steps one is made, after a restart too',
  async (every) => {
    const definition = StreamDefinition.parse({ ...world, stream: 'mill', every });
    const definitions = { get: () => definition, catchUp: () => Promise.resolve() };
    for (const [batch, kills] of [
      [1, 0],
      [7, 0],
      [5, 0.3],
    ] as const) {
      const random = seededRandom(every);
      const log = new InMemoryLog(1);
      for (let step = 0; step < 120; step++) {
        const time = formatTime((400_000 + step) * HOUR);
        const frame = { stream: 'mill', series: 'a', time, values: { a: step, b: null } };
        log.append({ topic: 'frames', partition: 0, key: 'mill/a', value: JSON.stringify(frame) });
      }
      await pump(framesTask({ definitions, versions: new Versions() }), log, {
        batchSize: () => batch,
        kill: () => random() < kills,
      });
      const forecasts = log
        .read('forecasts', 0)
        .map(({ offset, value }) => ({ offset, origin: Forecast.parse(JSON.parse(String(value))).origin }));
      const states = log.read('predictor.state', 0).filter(({ key }) => key?.toString() === 'mill/a');
      expect(states.length).toBeGreaterThan(10);
      for (const state of states) {
        const { last, forecastFrom } = factsOf(digestOf(state));
        const latest = forecasts.findLast(({ origin }) => eventTimeMs(origin) <= last * HOUR);
        // Found, and not much has to be read for it.
        if (latest === undefined) expect(forecastFrom).toBeNull();
        else {
          expect(BigInt(forecastFrom as string)).toBeLessThanOrEqual(latest.offset);
          expect(latest.offset - BigInt(forecastFrom as string)).toBeLessThanOrEqual(2 * batch + 2);
        }
      }
    }
  },
);

test('the latest forecasts are read from the series that was silent longest on, in each partition', () => {
  const digests = Array.from({ length: 5_000 }, (_, index) =>
    digestOf(state(`s${index}`, index % 2, String(1_000_000 - 150 * index))),
  );
  digests.push(digestOf(state('new', 0, null)), digestOf(state('other', 3, '7')));
  digests.push(digestOf({ key: Buffer.from('@position'), value: Buffer.from('{}'), partition: 4 }));
  expect(latestForecastsFrom(digests)).toEqual(
    new Map([
      [0, BigInt(1_000_000 - 150 * 4_998)],
      [1, BigInt(1_000_000 - 150 * 4_999)],
      [3, 7n],
    ]),
  );
});
