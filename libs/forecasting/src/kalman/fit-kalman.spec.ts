import type { KalmanRates } from '#contracts';
import { beforeAll, expect, test } from 'vitest';
import { normals } from '../testing/random.js';
import type { TrainingSeries } from '../training-series.js';
import { fitKalman } from './fit-kalman.js';
import { kalmanForecaster, type KalmanState } from './kalman-forecaster.js';
import { defaultRates } from './rates.js';

const shape = { lookback: 12, horizon: 6, season: null };

/** A walk, noise around a level, and a channel that was never observed. */
function made(seed: number, steps: number): TrainingSeries {
  const normal = normals(seed);
  let walk = 0;
  return {
    firstGridIndex: 3,
    values: [
      Float64Array.from({ length: steps }, () => (walk += normal())),
      Float64Array.from({ length: steps }, () => 7 + normal()),
      new Float64Array(steps).fill(NaN),
    ],
  };
}

async function maeOf(rates: readonly KalmanRates[], { firstGridIndex, values }: TrainingSeries) {
  const forecaster = kalmanForecaster({ channels: 3, ...shape, rates });
  const sums = [0, 0];
  let state: KalmanState | null = null;
  const steps = (values[0] as Float64Array).length;
  for (let step = 0; step + shape.horizon < steps; step++) {
    const row = Float64Array.from(values, (column) => column[step] as number);
    const [result] = await forecaster.advance([
      { state, gridIndex: firstGridIndex + step, values: row, wanted: step > 30 },
    ]);
    state = result?.state ?? null;
    for (let lead = 1; lead <= shape.horizon && step > 30; lead++) {
      for (const channel of [0, 1]) {
        const point = result?.paths?.point[channel * shape.horizon + lead - 1] ?? NaN;
        const truth = values[channel]?.[step + lead] ?? NaN;
        sums[channel] = (sums[channel] ?? 0) + Math.abs(truth - point);
      }
    }
  }
  return sums;
}

let training: TrainingSeries[];
let fitted: KalmanRates[];
beforeAll(() => {
  training = [made(1, 500), made(2, 500)];
  fitted = fitKalman(training, 3, shape);
});

test('noise around a level is told from a walk, and forecast better than by the default on data never seen', async () => {
  const [walk, noise] = fitted as [KalmanRates, KalmanRates, KalmanRates];
  expect(noise.observation / noise.level).toBeGreaterThan(walk.observation / walk.level);
  const unseen = made(3, 900);
  const [own, cold] = [
    await maeOf(fitted, unseen),
    await maeOf(new Array<KalmanRates>(3).fill(defaultRates(null)), unseen),
  ];
  expect(own[1]).toBeLessThan(0.95 * (cold[1] as number));
  expect(own[0]).toBeLessThan(1.03 * (cold[0] as number));
});

test('a channel without observations keeps the default', () => {
  expect(fitted[2]).toEqual(defaultRates(null));
});

test('the fit is deterministic', () => {
  expect(fitKalman(training, 3, shape)).toEqual(fitted);
});

test('nothing to learn from gives the default', () => {
  expect(fitKalman([], 1, { ...shape, season: 24 })).toEqual([defaultRates(24)]);
});

test('many short series teach as well: not all of them, but each of those enough', () => {
  const many = Array.from({ length: 300 }, (_, seed) => made(seed, 120));
  const [walk, noise] = fitKalman(many, 2, shape) as [KalmanRates, KalmanRates];
  expect(noise).not.toEqual(defaultRates(null));
  expect(noise.observation / noise.level).toBeGreaterThan(walk.observation / walk.level);
});

test('series too short to be judged take no room from the others', () => {
  const short = Array.from({ length: 400 }, (_, seed) => made(seed, shape.lookback + shape.horizon));
  expect(fitKalman([...short, ...training], 3, shape)).toEqual(fitted);
});
