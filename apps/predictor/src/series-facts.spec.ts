import { seriesKey } from '#contracts';
import { expect, test } from 'vitest';
import type { Mark } from './rebuild-marks.js';
import { digestOf, factsOf, latestForecastsFrom } from './series-facts.js';
import { encodeSeries } from './series-record.js';

const state = (series: string, partition: number, forecasts: readonly Mark[]) => ({
  key: Buffer.from(seriesKey('mill', series)),
  value: Buffer.from(
    encodeSeries({
      fingerprint: 'f',
      seen: 0,
      memory: { first: 3, last: 9, scores: {} },
      frames: [],
      forecasts,
    }),
  ),
  partition,
});

test('of a record the few numbers stay that people are told', () => {
  const digest = digestOf(
    state('a/1', 2, [
      [4, '40'],
      [8, '80'],
    ]),
  );
  expect(factsOf(digest)).toEqual({ first: 3, last: 9, partition: 2, forecastFrom: '80' });
});

test('the latest forecasts are read from the series that was silent longest on, in each partition', () => {
  const digests = Array.from({ length: 5_000 }, (_, index) =>
    digestOf(state(`s${index}`, index % 2, [[index, String(1_000_000 - 150 * index)]])),
  );
  digests.push(digestOf(state('new', 0, [])), digestOf(state('other', 3, [[1, '7']])));
  digests.push(digestOf({ key: Buffer.from('@position'), value: Buffer.from('{}'), partition: 4 }));
  expect(latestForecastsFrom(digests)).toEqual(
    new Map([
      [0, BigInt(1_000_000 - 150 * 4_998)],
      [1, BigInt(1_000_000 - 150 * 4_999)],
      [3, 7n],
    ]),
  );
});
