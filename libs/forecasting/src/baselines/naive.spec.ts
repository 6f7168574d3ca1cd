import { expect, test } from 'vitest';
import type { Forecaster } from '../forecaster.js';
import type { HistoryRing } from '../history-ring.js';
import { lastValueForecaster } from './last-value.js';
import { seasonalNaiveForecaster } from './seasonal-naive.js';

async function pathAfter(forecaster: Forecaster<HistoryRing>, values: readonly number[]) {
  let state: HistoryRing | null = null;
  let path: Float64Array | undefined;
  for (const [gridIndex, value] of values.entries()) {
    const [result] = await forecaster.advance([
      { state, gridIndex, values: Float64Array.of(value), wanted: true },
    ]);
    state = result?.state ?? null;
    path = result?.paths?.point;
  }
  return path === undefined ? null : [...path];
}

const mean = [100];
const x = NaN;

test.each([
  ['the last value', [1, 2, 3], [3, 3]],
  ['the last observed one', [1, 2, x, x], [2, 2]],
  ['the training mean where the lookback has none', [5, x, x, x, x], [100, 100]],
])('last value forecasts %s', async (_, values, path) => {
  expect(await pathAfter(lastValueForecaster({ horizon: 2, lookback: 4, mean }), values)).toEqual(path);
});

test.each([
  ['the same phase of the last season', [1, 2, 3, 4, 5, 6], [4, 5, 6, 4, 5]],
  ['one season further back where that was not observed', [1, 2, 3, 4, x, 6], [4, 2, 6, 4, 2]],
  ['the fill where the phase was never observed', [1, x, 3, 4, x, 6], [4, 6, 6, 4, 6]],
  ['the training mean where nothing was', [x, x, x, x, x, x], [100, 100, 100, 100, 100]],
  ['nothing before it has lived a season', [1, 2], null],
])('seasonal naive forecasts %s', async (_, values, path) => {
  const forecaster = seasonalNaiveForecaster({ horizon: 5, lookback: 4, season: 3, mean });
  expect(forecaster.context).toBe(6);
  expect(await pathAfter(forecaster, values)).toEqual(path);
});

test.each([
  ['the mean of the lookback', [9, 1, 2, 3, 6], [3, 3]],
  ['the mean of what was observed', [9, 1, x, 3, x], [2, 2]],
  ['the training mean where nothing was', [9, x, x, x, x], [100, 100]],
])('seasonal naive without a season forecasts %s', async (_, values, path) => {
  const forecaster = seasonalNaiveForecaster({ horizon: 2, lookback: 4, season: null, mean });
  expect(await pathAfter(forecaster, values)).toEqual(path);
});
