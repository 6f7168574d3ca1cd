import type { KalmanRates } from '#contracts';
import { expect, test } from 'vitest';
import { normals, uniforms } from '../testing/random.js';
import { ChannelFilter } from './filter.js';
import { kalmanModel, type KalmanModel, LEVEL, seenNow, transitionMatrix } from './model.js';
import { defaultRates } from './rates.js';

type Matrix = number[][];
const times = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) =>
    (b[0] as number[]).map((_, j) => row.reduce((sum, x, k) => sum + x * (b[k]?.[j] as number), 0)),
  );
const transposed = (a: Matrix): Matrix => (a[0] as number[]).map((_, j) => a.map((row) => row[j] as number));
const plus = (a: Matrix, b: Matrix): Matrix =>
  a.map((row, i) => row.map((x, j) => x + (b[i]?.[j] as number)));
const scaled = (a: Matrix, by: number): Matrix => a.map((row) => row.map((x) => x * by));
const diagonal = (values: ArrayLike<number>): Matrix =>
  Array.from(values, (value, i) => Array.from(values, (_, j) => (i === j ? value : 0)));
const square = (flat: Float64Array, size: number): Matrix =>
  Array.from({ length: size }, (_, i) => [...flat.subarray(i * size, (i + 1) * size)]);

/** The slow twin: textbook matrices, Joseph's form of the update, forecasts by stepping the covariance ahead. */
function textbook(model: KalmanModel, values: readonly number[], horizon: number) {
  const { size, rates } = model;
  const f = square(transitionMatrix(model), size);
  const h = [[...seenNow(model)]];
  const q = diagonal(model.noise);
  let x: Matrix = Array.from({ length: size }, () => [0]);
  let p: Matrix = diagonal(model.prior);
  let count = -1;
  let variance = 0;
  for (const value of values) {
    if (count >= 0) {
      x = times(f, x);
      p = plus(times(times(f, p), transposed(f)), q);
    }
    if (Number.isNaN(value)) continue;
    if (count < 0) x[LEVEL] = [value];
    const s = (times(times(h, p), transposed(h))[0]?.[0] as number) + rates.observation;
    const gain = scaled(times(p, transposed(h)), 1 / s);
    const innovation = value - (times(h, x)[0]?.[0] as number);
    x = plus(x, scaled(gain, innovation));
    const rest = plus(diagonal(new Float64Array(size).fill(1)), scaled(times(gain, h), -1));
    p = plus(
      times(times(rest, p), transposed(rest)),
      scaled(times(gain, transposed(gain)), rates.observation),
    );
    count++;
    if (count > 0) variance += (innovation ** 2 / s - variance) / Math.min(count, 500);
  }
  const state = x.map((row) => row[0] as number);
  const covariance = p;
  const point: number[] = [];
  const spread: number[] = [];
  for (let lead = 1; lead <= horizon; lead++) {
    x = times(f, x);
    p = plus(times(times(f, p), transposed(f)), q);
    point.push(times(h, x)[0]?.[0] as number);
    spread.push((times(times(h, p), transposed(h))[0]?.[0] as number) + rates.observation);
  }
  return { state, covariance, variance, count, point, spread };
}

function randomRates(uniform: () => number): KalmanRates {
  return {
    level: 10 ** (-3 * uniform()),
    trend: uniform() < 0.5 ? 0 : 10 ** (-1 - 3 * uniform()),
    damping: 0.5 + 0.49 * uniform(),
    deviation: uniform() < 0.3 ? 0 : 1,
    persistence: 0.99 * uniform(),
    season: 10 ** (-4 + 3 * uniform()),
    observation: 10 ** (-2 + 2 * uniform()),
  };
}

const cases = Array.from({ length: 24 }, (_, seed) => ({
  seed,
  season: [null, 2, 3, 5, 24, 288][seed % 6] as number | null,
}));

test.each(cases)('the filter equals the textbook, seed $seed, season $season', ({ seed, season }) => {
  const uniform = uniforms(seed);
  const normal = normals(seed + 50);
  const horizon = 1 + Math.floor(12 * uniform());
  const model = kalmanModel(seed < 6 ? defaultRates(season) : randomRates(uniform), season, horizon);
  const missing = [0, 0.2, 0.8][seed % 3] as number;
  let walk = 50;
  const values = Array.from({ length: 150 }, (_, step) => {
    walk += normal();
    return uniform() < missing ? NaN : walk + 3 * Math.sin(step);
  });
  values[7] = 50;

  const filter = new ChannelFilter(model, null);
  for (const value of values) filter.step(value);
  const slow = textbook(model, values, horizon);
  const fast = filter.inspect();
  const close = (a: ArrayLike<number>, b: readonly number[]) => {
    b.forEach((expected, at) =>
      expect(Math.abs((a[at] as number) - expected)).toBeLessThan(1e-8 * (1 + Math.abs(expected))),
    );
  };
  close(fast.state, slow.state);
  close(fast.covariance, slow.covariance.flat());
  close([fast.variance], [slow.variance]);
  const [point, deviation] = [new Float64Array(horizon), new Float64Array(horizon)];
  filter.point(point);
  filter.deviation(deviation);
  close(point, slow.point);
  const first = values.find((value) => !Number.isNaN(value)) as number;
  const guess = (0.1 * Math.abs(first)) / (1 + slow.count);
  close(
    deviation,
    slow.spread.map((spread) => Math.sqrt(spread * slow.variance * (1 + 8 / slow.count) + guess ** 2)),
  );
});

test.each([null, 24])('multiplying a channel multiplies its forecasts, season %s', (season) => {
  const horizon = 6;
  const model = kalmanModel(defaultRates(season), season, horizon);
  const forecasts = [1, 4096].map((factor) => {
    const normal = normals(3);
    const filter = new ChannelFilter(model, null);
    for (let step = 0; step < 80; step++) filter.step(factor * (2 + normal()));
    const [point, deviation] = [new Float64Array(horizon), new Float64Array(horizon)];
    filter.point(point);
    filter.deviation(deviation);
    return [...point, ...deviation].map((value) => value / factor);
  });
  expect(forecasts[1]).toEqual(forecasts[0]);
});

test('the covariance is symmetric after an update and positive over a life of any pattern of gaps', () => {
  const uniform = uniforms(8);
  for (let round = 0; round < 12; round++) {
    const model = kalmanModel(randomRates(uniform), 24, 3);
    const filter = new ChannelFilter(model, null);
    const missing = uniform();
    for (let step = 0; step < 672; step++) filter.step(uniform() < missing ? NaN : uniform());
    filter.step(0.5);
    const { covariance } = filter.inspect();
    const { size } = model;
    expect(square(covariance, size)).toEqual(transposed(square(covariance, size)));
    expect(smallestPivot(square(covariance, size))).toBeGreaterThan(-1e-12);
  }
});

/** Of symmetric elimination: not negative where the matrix is positive semidefinite (a trend without noise is 0). */
function smallestPivot(matrix: Matrix): number {
  const rest = matrix.map((row) => [...row]);
  let smallest = Infinity;
  rest.forEach((row, k) => {
    const pivot = row[k] as number;
    smallest = Math.min(smallest, pivot);
    if (Math.abs(pivot) < 1e-14) return;
    for (let i = k + 1; i < rest.length; i++) {
      const share = (rest[i]?.[k] as number) / pivot;
      for (let j = k; j < rest.length; j++)
        (rest[i] as number[])[j] = (rest[i]?.[j] as number) - share * (row[j] as number);
    }
  });
  return smallest;
}

test('a pure season is forecast once it was seen a few times', () => {
  const season = 12;
  const model = kalmanModel(defaultRates(season), season, season);
  const filter = new ChannelFilter(model, null);
  const truth = (step: number) =>
    10 + 4 * Math.sin((2 * Math.PI * step) / season) + Math.cos((4 * Math.PI * step) / season);
  for (let step = 0; step < 10 * season; step++) filter.step(truth(step));
  const [point, deviation] = [new Float64Array(season), new Float64Array(season)];
  filter.point(point);
  filter.deviation(deviation);
  point.forEach((value, lead) => expect(Math.abs(value - truth(10 * season + lead))).toBeLessThan(0.1));
});
