import { expect, test } from 'vitest';
import { normals } from '../testing/random.js';
import { kalmanForecaster, kalmanLife, type KalmanState } from './kalman-forecaster.js';
import { defaultRates } from './rates.js';

const settings = { channels: 1, horizon: 4, lookback: 10, season: 6 };

async function forecastOf(values: readonly number[], first: number, forecaster = kalmanForecaster(settings)) {
  let state: KalmanState | null = null;
  let point: Float64Array | null = null;
  let deviation: Float64Array | null = null;
  for (const [index, value] of values.entries()) {
    const [result] = await forecaster.advance([
      {
        state,
        gridIndex: first + index,
        values: Float64Array.of(value),
        wanted: index === values.length - 1,
      },
    ]);
    state = result?.state ?? null;
    point = result?.paths?.point ?? null;
    deviation = result?.paths?.deviation ?? null;
  }
  return { point: [...(point ?? [])], deviation: [...(deviation ?? [])] };
}

const life = kalmanLife(6, 10);

test('a filter lives 28 seasons, without a season four lookbacks, and the context is its life', () => {
  expect(life).toBe(28 * 6);
  expect(kalmanLife(null, 9)).toBe(36);
  expect(kalmanForecaster(settings).context).toBe(life);
});

test('the context is exact: where the elder is a whole life old, its first step still matters and no step before', async () => {
  const normal = normals(1);
  const values = Array.from({ length: 3 * life }, () => normal());
  // The last step is the last of the elder's life: the next one is on the grid of beginnings.
  const first = 5 * life - values.length;
  const changed = (back: number) => {
    const copy = [...values];
    copy[values.length - back] = 1e3;
    return forecastOf(copy, first);
  };
  const whole = await forecastOf(values, first);
  expect(await changed(life)).not.toEqual(whole);
  expect(await changed(life + 1)).toEqual(whole);
});

test('the elder has always seen half a life, however the grid falls', async () => {
  const normal = normals(2);
  const values = Array.from({ length: 3 * life }, () => normal());
  for (let shift = 0; shift < life; shift += 5) {
    const copy = [...values];
    copy[values.length - life / 2 - 1] = 1e3;
    expect(await forecastOf(copy, shift)).not.toEqual(await forecastOf(values, shift));
  }
});

test('forecasts from the first frame on, with a wide interval that narrows as it learns', async () => {
  const normal = normals(3);
  const values = Array.from({ length: 60 }, () => 280 + 0.5 * normal());
  const widths: number[] = [];
  for (const seen of [1, 3, 10, 60]) {
    const { point, deviation } = await forecastOf(values.slice(0, seen), 0);
    expect(Math.abs((point[0] ?? NaN) - 280)).toBeLessThan(5);
    widths.push(deviation[0] ?? NaN);
  }
  expect(widths).toEqual([...widths].sort((a, b) => b - a));
  expect(widths[0]).toBeGreaterThan(20);
  expect(widths.at(-1)).toBeLessThan(1.5);
});

test('a channel that was never observed stands at its prior', async () => {
  const prior = { mean: [3], deviation: [2] };
  const { point, deviation } = await forecastOf([NaN], 0, kalmanForecaster({ ...settings, prior }));
  expect({ point, deviation }).toEqual({ point: [3, 3, 3, 3], deviation: [2, 2, 2, 2] });
});

test('time that stands still, and rates of another number of channels, are our bug and say so', async () => {
  const forecaster = kalmanForecaster(settings);
  const values = Float64Array.of(1);
  const [result] = await forecaster.advance([{ state: null, gridIndex: 5, values, wanted: false }]);
  const state = result?.state ?? null;
  expect(() => forecaster.advance([{ state, gridIndex: 5, values, wanted: false }])).toThrow(/grid step 5/);
  const rates = [defaultRates(6), defaultRates(6)];
  expect(() => kalmanForecaster({ ...settings, rates })).toThrow(/2 channels for 1/);
});
