import { describe, expect, test } from 'vitest';
import type { HistoryRing } from '../history-ring.js';
import { fitScales } from '../scale.js';
import { normals, uniforms } from '../testing/random.js';
import type { TrainingSeries } from '../training-series.js';
import { choleskyFactor, choleskySolve } from './cholesky.js';
import { addGram } from './gram.js';
import { fitRidge, LAMBDA, ridgeForecaster, solveRidge } from './ridge.js';
import { type RidgeRows, ridgeRows } from './ridge-rows.js';

function randomSeries(seed: number, channels: number, steps: number, missing: number): TrainingSeries {
  const normal = normals(seed);
  const uniform = uniforms(seed + 1);
  return {
    firstGridIndex: seed,
    values: Array.from({ length: channels }, (_, channel) => {
      let level = 10 * channel;
      return Float64Array.from({ length: steps }, (_, step) => {
        level += 0.3 * normal();
        return uniform() < missing ? NaN : level + 2 * Math.sin(step / 3) + 0.2 * normal();
      });
    }),
  };
}

/** Half the gradient of the objective of one lead at `weights`, and the objective; plain loops over the rows. */
function objective(
  { rows, inputs, targets }: RidgeRows,
  lookback: number,
  horizon: number,
  lead: number,
  weights: readonly number[],
) {
  const gradient = new Array<number>(lookback).fill(0);
  let value = 0;
  let trace = 0;
  for (let row = 0; row < rows; row++) {
    const truth = targets[row * horizon + lead] as number;
    if (Number.isNaN(truth)) continue;
    const input = [...inputs.subarray(row * lookback, (row + 1) * lookback)];
    const residual = input.reduce((sum, x, i) => sum + x * (weights[i] as number), 0) - truth;
    value += residual ** 2;
    input.forEach((x, i) => {
      gradient[i] = (gradient[i] as number) + residual * x;
      trace += x * x;
    });
  }
  const lambda = (LAMBDA * trace) / lookback;
  weights.forEach((w, i) => {
    value += lambda * w ** 2;
    gradient[i] = (gradient[i] as number) + lambda * w;
  });
  return { value, gradient, trace };
}

const column = (weights: Float64Array, lookback: number, horizon: number, lead: number) =>
  Array.from({ length: lookback }, (_, step) => weights[step * horizon + lead] as number);

describe.each([
  { seed: 1, channels: 1, steps: 200, missing: 0, lookback: 5, horizon: 3 },
  { seed: 2, channels: 3, steps: 150, missing: 0.1, lookback: 8, horizon: 4 },
  { seed: 3, channels: 2, steps: 300, missing: 0.45, lookback: 6, horizon: 7 },
  { seed: 4, channels: 2, steps: 90, missing: 0.02, lookback: 12, horizon: 2 },
])('the weights of %o', ({ seed, channels, steps, missing, lookback, horizon }) => {
  const training = [
    randomSeries(seed, channels, steps, missing),
    randomSeries(seed + 9, channels, steps >> 1, missing),
  ];
  const rows = ridgeRows(training, fitScales(training, channels), { lookback, horizon });
  const weights = solveRidge(rows, { lookback, horizon });

  test('are where the gradient vanishes: a convex objective, so nothing is better anywhere', () => {
    for (let lead = 0; lead < horizon; lead++) {
      const { gradient, trace } = objective(
        rows,
        lookback,
        horizon,
        lead,
        column(weights, lookback, horizon, lead),
      );
      for (const entry of gradient) expect(Math.abs(entry)).toBeLessThan(1e-9 * trace);
    }
  });

  test('only get worse when they are disturbed', () => {
    const normal = normals(seed + 5);
    for (let lead = 0; lead < horizon; lead++) {
      const best = column(weights, lookback, horizon, lead);
      const { value } = objective(rows, lookback, horizon, lead, best);
      for (const size of [1e-3, 1e-1]) {
        const moved = best.map((weight) => weight + size * normal());
        expect(objective(rows, lookback, horizon, lead, moved).value).toBeGreaterThan(value);
      }
    }
  });
});

describe('gaps never teach', () => {
  const training = [randomSeries(5, 2, 160, 0)];
  const scales = fitScales(training, 2);
  const shape = { lookback: 6, horizon: 3 };
  const rows = ridgeRows(training, scales, shape);

  test('a truth that was not observed changes its own lead only', () => {
    const holes = { ...rows, targets: rows.targets.slice() };
    for (let row = 0; row < rows.rows; row += 4) holes.targets[row * 3 + 1] = NaN;
    const [whole, without] = [solveRidge(rows, shape), solveRidge(holes, shape)];
    expect(column(without, 6, 3, 0)).toEqual(column(whole, 6, 3, 0));
    expect(column(without, 6, 3, 2)).toEqual(column(whole, 6, 3, 2));
    expect(column(without, 6, 3, 1)).not.toEqual(column(whole, 6, 3, 1));
  });

  test('and is the same as if its row had never been there', () => {
    const holes = { ...rows, targets: rows.targets.slice() };
    const cut = rows.rows >> 1;
    for (let at = cut * 3; at < rows.rows * 3; at++) holes.targets[at] = NaN;
    const half = {
      ...rows,
      rows: cut,
      inputs: rows.inputs.subarray(0, cut * 6),
      targets: rows.targets.subarray(0, cut * 3),
    };
    const [a, b] = [solveRidge(holes, shape), solveRidge(half, shape)];
    a.forEach((weight, at) => expect(Math.abs(weight - (b[at] as number))).toBeLessThan(1e-10));
  });

  test('a lookback that is more filled than observed makes no row', () => {
    const sparse = Float64Array.from({ length: 40 }, (_, step) => (step % 3 === 0 ? step : NaN));
    const dense = Float64Array.from({ length: 40 }, (_, step) => (step % 3 === 0 ? NaN : step));
    const count = (values: Float64Array) =>
      ridgeRows([{ firstGridIndex: 0, values: [values] }], { mean: [0], deviation: [1] }, shape).rows;
    expect(count(sparse)).toBe(0);
    expect(count(dense)).toBe(34);
  });

  test('without a row the weights are zero and the forecast is the mean of the lookback', async () => {
    const { weights, rows: taught } = fitRidge(
      [],
      { mean: [0], deviation: [1] },
      { lookback: 3, horizon: 2 },
    );
    expect(taught).toBe(0);
    const forecaster = ridgeForecaster({
      lookback: 3,
      horizon: 2,
      scales: { mean: [0], deviation: [1] },
      weights,
    });
    let state: HistoryRing | null = null;
    let point: Float64Array | undefined;
    for (const [gridIndex, value] of [1, 2, 6].entries()) {
      const [result] = await forecaster.advance([
        { state, gridIndex, values: Float64Array.of(value), wanted: true },
      ]);
      state = result?.state ?? null;
      point = result?.paths?.point;
    }
    expect([...(point ?? [])]).toEqual([3, 3]);
  });
});

test('rows are thinned to what the work allows, the newest kept, never below two a weight', () => {
  const training = [randomSeries(6, 2, 500, 0)];
  const scales = fitScales(training, 2);
  const shape = { lookback: 10, horizon: 4 };
  const all = ridgeRows(training, scales, shape);
  const some = ridgeRows(training, scales, shape, 10_000);
  const few = ridgeRows(training, scales, shape, 1);
  expect([all.stride, all.rows]).toEqual([1, 2 * 490]);
  expect(some.rows * (10 * 5 + 10 * 4)).toBeLessThanOrEqual(10_000);
  expect(few.rows).toBeGreaterThanOrEqual(15);
  expect([...some.inputs.subarray(0, 20)]).toEqual([...all.inputs.subarray(0, 20)]);
  expect(ridgeRows(training, scales, shape)).toEqual(all);
});

test('every row of many short series has its place, however thin', () => {
  const training = Array.from({ length: 30 }, (_, seed) => randomSeries(seed, 2, 11 + seed, 0));
  const shape = { lookback: 10, horizon: 1 };
  const rows = ridgeRows(training, fitScales(training, 2), shape, 1);
  expect(rows.stride).toBeGreaterThan(11);
  expect(rows.inputs).toHaveLength(rows.rows * 10);
  expect(rows.rows).toBeGreaterThanOrEqual(60);
});

test('what is linear is found: a series that repeats is forecast to the last digits', async () => {
  const wave = (step: number) => 20 + 5 * Math.sin((2 * Math.PI * step) / 8);
  const training = [
    { firstGridIndex: 0, values: [Float64Array.from({ length: 400 }, (_, step) => wave(step))] },
  ];
  const scales = fitScales(training, 1);
  const { weights } = fitRidge(training, scales, { lookback: 16, horizon: 4 });
  const forecaster = ridgeForecaster({ lookback: 16, horizon: 4, scales, weights });
  let state: HistoryRing | null = null;
  let point: Float64Array | undefined;
  for (let gridIndex = 400; gridIndex < 450; gridIndex++) {
    const [result] = await forecaster.advance([
      { state, gridIndex, values: Float64Array.of(wave(gridIndex)), wanted: gridIndex === 449 },
    ]);
    state = result?.state ?? null;
    point = result?.paths?.point;
  }
  point?.forEach((value, lead) => expect(Math.abs(value - wave(450 + lead))).toBeLessThan(0.02));
  expect(point).toHaveLength(4);
});

test.each([1, 2, 3, 4, 5, 8, 13])(
  'the sum of products by four rows equals the plain sum, %i rows',
  (rows) => {
    const normal = normals(rows);
    const width = 7;
    const inputs = Float64Array.from({ length: rows * width }, () => normal());
    for (const sign of [1, -1] as const) {
      const gram = new Float64Array(width * width);
      addGram(
        inputs,
        width,
        Int32Array.from({ length: rows }, (_, row) => row),
        sign,
        gram,
      );
      for (let i = 0; i < width; i++) {
        for (let j = 0; j <= i; j++) {
          let sum = 0;
          for (let row = 0; row < rows; row++) {
            sum += (inputs[row * width + i] as number) * (inputs[row * width + j] as number);
          }
          expect(gram[i * width + j]).toBeCloseTo(sign * sum, 12);
        }
      }
    }
  },
);

test('Cholesky solves what it factors, and refuses what is not positive definite', () => {
  const normal = normals(4);
  const size = 6;
  const root = Float64Array.from({ length: size * size }, () => normal());
  const matrix = new Float64Array(size * size);
  addGram(
    root,
    size,
    Int32Array.from({ length: size }, (_, row) => row),
    1,
    matrix,
  );
  const full = (i: number, j: number) => matrix[Math.max(i, j) * size + Math.min(i, j)] as number;
  const right = Float64Array.from({ length: size }, () => normal());
  const solution = right.slice();
  choleskySolve(choleskyFactor(matrix, size), size, solution);
  right.forEach((value, i) => {
    expect(solution.reduce((sum, x, j) => sum + full(i, j) * x, 0)).toBeCloseTo(value, 8);
  });
  expect(() => choleskyFactor(Float64Array.of(1, 0, 2, 1), 2)).toThrow(/row 1 .* not positive definite/);
});
