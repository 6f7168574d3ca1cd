import { expect, test } from 'vitest';
import { type Forecast } from '#contracts';
import { forecastCells } from './forecast-table.js';

const forecast: Forecast = {
  stream: 'weather',
  series: 'EWR',
  origin: '2013-01-05T23:00:00.000Z',
  frequencyMs: 3_600_000,
  horizon: 2,
  model: { kind: 'kalman', version: 'kalman-0' },
  warmingUp: null,
  unobserved: [],
  channels: { a: { point: [1.25, -2], quantiles: { '0.05': [0, -3], '0.95': [2, -1] } } },
};
const channel = (name: string) => ({ name, decimals: 1, aggregate: 'mean' as const });

test('the first row is one step after the origin, columns follow the definition, a missing channel is a dash', () => {
  expect(forecastCells(forecast, [channel('b'), channel('a')])).toEqual([
    ['6 Jan 00:00', '–', '1.3 (0.0 to 2.0)'],
    ['6 Jan 01:00', '–', '−2.0 (−3.0 to −1.0)'],
  ]);
});
