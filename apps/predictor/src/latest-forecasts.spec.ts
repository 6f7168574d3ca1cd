import type { InputRecord } from '#kafka';
import { expect, test } from 'vitest';
import { LatestForecasts } from './latest-forecasts.js';

const path = { point: [1], quantiles: { '0.05': [0], '0.95': [2] } };
const forecast = (key: string, kind = 'kalman', model = `${kind}-0`): InputRecord => ({
  topic: 'forecasts',
  partition: 0,
  offset: 0n,
  timestamp: 0,
  key: Buffer.from(key),
  value: Buffer.from(
    JSON.stringify({
      stream: 'mill',
      series: key.slice(5),
      origin: '2026-01-01T00:00:00.000Z',
      frequencyMs: 60_000,
      horizon: 1,
      model: { kind, version: model },
      warmingUp: null,
      unobserved: [],
      channels: { speed: path },
    }),
  ),
  headers: {},
});

test('every living series has its latest forecast, however many they are', () => {
  const keys = Array.from({ length: 30_000 }, (_, index) => `mill/${index}`);
  const latest = new LatestForecasts(new Map(keys.map((key) => [key, true])));
  for (const key of keys) latest.take([forecast(key)]);
  latest.take([forecast('mill/0', 'cmamba', 'cmamba-1')]);
  expect(latest.headOf('mill/0')).toEqual({
    model: { kind: 'cmamba', version: 'cmamba-1' },
    warmingUp: null,
  });
  expect(latest.of('mill/0')?.channels).toEqual({ speed: path });
  expect(keys.filter((key) => latest.headOf(key) === null)).toEqual([]);
  expect([latest.of('mill/x'), latest.headOf('mill/x')]).toEqual([null, null]);
});

test('series that live no more are dropped in time; one whose state comes later is not at once', () => {
  const latest = new LatestForecasts(new Map([['mill/alive', true]]));
  latest.take([forecast('mill/alive'), forecast('mill/new')]);
  expect(latest.of('mill/new')).not.toBeNull();
  for (let index = 0; index < 5_000; index++) latest.take([forecast(`mill/dead${index}`)]);
  expect(latest.size).toBeLessThanOrEqual(1_002);
  expect(latest.of('mill/alive')).not.toBeNull();
});
