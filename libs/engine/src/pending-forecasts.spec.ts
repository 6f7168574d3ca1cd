import { expect, test } from 'vitest';
import { type PendingForecast, PendingForecasts } from './pending-forecasts.js';

const said = (origin: number, lead: number): PendingForecast => ({
  version: `v-${origin}`,
  point: [origin + lead / 100],
  lower: [0],
  upper: [1],
});

test('a truth meets what was said of its step at each lead, once', () => {
  const pending = new PendingForecasts([1, 2, 4]);
  for (let origin = 10; origin < 14; origin++) {
    pending.addForecast(origin, (_, lead) => said(origin, lead));
    pending.addNaive(origin, (_, lead) => [lead]);
  }
  const awaited = pending.take(14);
  expect(awaited.map(({ forecast }) => forecast?.point[0])).toEqual([13.01, 12.02, 10.04]);
  expect(awaited.map(({ naive }) => naive)).toEqual([[1], [2], [4]]);
  expect(pending.take(14).map(({ forecast }) => forecast)).toEqual([null, null, null]);
});

test('a forecast whose truth was never observed is forgotten when its step has passed', () => {
  const pending = new PendingForecasts([1, 4]);
  pending.addForecast(10, (_, lead) => said(10, lead));
  expect(pending.take(13).map(({ forecast }) => forecast)).toEqual([null, null]);
  // Lead 1 of origin 10 was about step 11, lead 4 about step 14.
  expect(pending.take(14).map(({ forecast }) => forecast?.version)).toEqual([undefined, 'v-10']);
  pending.addForecast(20, (_, lead) => said(20, lead));
  pending.clear();
  expect(pending.take(21)[0]?.forecast).toBeNull();
});
