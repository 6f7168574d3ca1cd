import { describe, expect, test } from 'vitest';
import type { HistoryRing } from '../history-ring.js';
import { fitScales } from '../scale.js';
import { normals, uniforms } from '../testing/random.js';
import type { TrainingSeries } from '../training-series.js';
import { choleskyFactor, choleskySolve } from './cholesky.js';
import { addGram } from './gram.js';
import { LAMBDA, normalEquations } from './normal-equations.js';
import { ridgeForecaster } from './ridge.js';
import { type RidgeRows, ridgeRows, type RidgeShape } from './ridge-rows.js';
import { fitRidge, PULLS, ridgeWeights } from './ridge-weights.js';

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

const solve = (rows: readonly RidgeRows[], shape: RidgeShape, pull: number) =>
  ridgeWeights(
    rows.map((channel) => normalEquations(channel, shape)),
    shape,
    pull,
  );

/** Of `[channels, lookback, horizon]`, one channel's weights of one lead. */
const column = (weights: Float64Array, { lookback, horizon }: RidgeShape, channel: number, lead: number) =>
  Array.from(
    { length: lookback },
    (_, step) => weights[(channel * lookback + step) * horizon + lead] as number,
  );

/** Rows of a lead with an observed truth; plain arrays. */
function observedRows(
  rows: readonly RidgeRows[],
  { lookback, horizon }: RidgeShape,
  lead: number,
): { input: number[]; truth: number }[] {
  return rows.flatMap((channel) =>
    Array.from({ length: channel.rows }, (_, row) => ({
      input: [...channel.inputs.subarray(row * lookback, (row + 1) * lookback)],
      truth: channel.targets[row * horizon + lead] as number,
    })).filter(({ truth }) => !Number.isNaN(truth)),
  );
}

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);

/** Sum of squares, and half its gradient; plain loops. */
function squares(rows: { input: number[]; truth: number }[], weights: readonly number[]) {
  const gradient = weights.map(() => 0);
  let [value, trace] = [0, 0];
  for (const { input, truth } of rows) {
    const residual = dot(input, weights) - truth;
    value += residual ** 2;
    input.forEach((x, i) => (gradient[i] = (gradient[i] as number) + residual * x));
    trace += dot(input, input);
  }
  return { value, gradient, trace };
}

const cases = [
  { seed: 1, channels: 1, steps: 200, missing: 0, lookback: 5, horizon: 3 },
  { seed: 2, channels: 3, steps: 150, missing: 0.1, lookback: 8, horizon: 4 },
  { seed: 3, channels: 2, steps: 300, missing: 0.45, lookback: 6, horizon: 7 },
  { seed: 4, channels: 2, steps: 90, missing: 0.02, lookback: 12, horizon: 2 },
].flatMap((one) => [Infinity, 0.2, 0.01].map((pull) => ({ ...one, pull })));

describe.each(cases)('the weights of %o', ({ seed, channels, steps, missing, lookback, horizon, pull }) => {
  const training = [
    randomSeries(seed, channels, steps, missing),
    randomSeries(seed + 9, channels, steps >> 1, missing),
  ];
  const shape = { lookback, horizon };
  const rows = ridgeRows(training, fitScales(training, channels), shape);
  const shared = solve(rows, shape, Infinity);
  const weights = solve(rows, shape, pull);
  /** Of all rows, whether a truth is missing or not. */
  const everyInput = rows.flatMap((channel) =>
    Array.from({ length: channel.rows }, (_, row) => [
      ...channel.inputs.subarray(row * lookback, (row + 1) * lookback),
    ]),
  );

  /** What a channel's own weights minimise, and half its gradient there. */
  const objective = (channel: number, lead: number, own: readonly number[]) => {
    const mine = pull === Infinity ? rows : [rows[channel] as RidgeRows];
    const { value, gradient, trace } = squares(observedRows(mine, shape, lead), own);
    const common = column(shared, shape, channel, lead);
    const apart = own.map((weight, i) => weight - (pull === Infinity ? 0 : (common[i] as number)));
    const lambda = (LAMBDA * trace) / lookback;
    let cost = value + lambda * dot(apart, apart);
    const slope = gradient.map((entry, i) => entry + lambda * (apart[i] as number));
    if (pull !== Infinity) {
      for (const input of everyInput) {
        const along = dot(input, apart);
        cost += pull * along ** 2;
        input.forEach((x, i) => (slope[i] = (slope[i] as number) + pull * along * x));
      }
    }
    return { cost, slope, trace };
  };

  test('are where the gradient vanishes: a convex objective, so nothing is better anywhere', () => {
    for (let channel = 0; channel < channels; channel++) {
      for (let lead = 0; lead < horizon; lead++) {
        const { slope, trace } = objective(channel, lead, column(weights, shape, channel, lead));
        for (const entry of slope) expect(Math.abs(entry)).toBeLessThan(1e-9 * (1 + trace));
      }
    }
  });

  test('only get worse when they are disturbed', () => {
    const normal = normals(seed + 5);
    for (let lead = 0; lead < horizon; lead++) {
      const best = column(weights, shape, 0, lead);
      const { cost } = objective(0, lead, best);
      for (const size of [1e-3, 1e-1]) {
        const moved = best.map((weight) => weight + size * normal());
        expect(objective(0, lead, moved).cost).toBeGreaterThan(cost);
      }
    }
  });
});

describe('the pull', () => {
  const shape = { lookback: 8, horizon: 3 };
  /** Channels that follow laws of their own, or one law. */
  const training = (laws: readonly number[], steps: number, noise: number): TrainingSeries[] => {
    const normal = normals(steps);
    return [
      {
        firstGridIndex: 0,
        values: laws.map((law) => {
          let value = 0;
          return Float64Array.from({ length: steps }, () => (value = law * value + noise * normal()));
        }),
      },
    ];
  };
  const pullOf = (series: TrainingSeries[]) =>
    fitRidge(series, fitScales(series, series[0]?.values.length ?? 0), shape).pull;

  test('lets channels of different kinds go their own ways when there is enough data', () => {
    expect(pullOf(training([0.95, -0.9, 0], 3000, 1))).toBeLessThanOrEqual(0.01);
  });

  test('holds channels of one kind together, and all where there is nothing to choose by', () => {
    expect(pullOf(training([0.9, 0.9, 0.9, 0.9], 120, 1))).toBe(Infinity);
    expect(pullOf(training([0.9, -0.9], 9, 1))).toBe(Infinity);
  });

  test('is chosen on the newest steps, not on the newest years: one frame of 1970 changes nothing', () => {
    const series = training([0.95, -0.9, 0], 3000, 1);
    const stray = { firstGridIndex: -500_000_000, values: [0, 0, 0].map(() => Float64Array.of(0)) };
    expect(pullOf([stray, ...series])).toBe(pullOf(series));
  });

  test('is among the choices, shared weights first: a tie is theirs', () => {
    expect(PULLS[0]).toBe(Infinity);
    expect(PULLS).toEqual([...PULLS].sort((a, b) => b - a));
  });

  test('goes from shared weights to each channel for itself', () => {
    const series = training([0.95, -0.9, 0], 400, 1);
    const rows = ridgeRows(series, fitScales(series, 3), shape);
    const shared = solve(rows, shape, Infinity);
    const nearly = solve(rows, shape, 1e9);
    nearly.forEach((weight, at) => expect(weight).toBeCloseTo(shared[at] as number, 6));
    const alone = solve(rows, shape, 0);
    rows.forEach((channel, index) => {
      const single = solve([channel], shape, Infinity);
      const own = alone.subarray(index * 24, (index + 1) * 24);
      // Only lambda differs: it holds to the shared weights in the one, to zero in the other.
      own.forEach((weight, at) => expect(Math.abs(weight - (single[at] as number))).toBeLessThan(5e-3));
    });
  });
});

describe('gaps never teach', () => {
  const training = [randomSeries(5, 2, 160, 0)];
  const scales = fitScales(training, 2);
  const shape = { lookback: 6, horizon: 3 };
  const rows = ridgeRows(training, scales, shape);
  const weightsOf = (of: readonly RidgeRows[]) => solve(of, shape, 0.05);

  test('a truth that was not observed changes its own lead only', () => {
    const holes = rows.map((channel) => ({ ...channel, targets: channel.targets.slice() }));
    const targets = holes[1]?.targets ?? new Float64Array();
    for (let row = 0; row < targets.length / 3; row += 4) targets[row * 3 + 1] = NaN;
    const [whole, without] = [weightsOf(rows), weightsOf(holes)];
    for (const channel of [0, 1]) {
      for (const lead of [0, 2]) {
        expect(column(without, shape, channel, lead)).toEqual(column(whole, shape, channel, lead));
      }
      // The other channel's too: they share.
      expect(column(without, shape, channel, 1)).not.toEqual(column(whole, shape, channel, 1));
    }
  });

  test('and is the same as if its row had never been there', () => {
    const holes = rows.map((channel) => ({ ...channel, targets: channel.targets.slice() }));
    const half = rows.map((channel) => {
      const cut = channel.rows >> 1;
      return {
        rows: cut,
        inputs: channel.inputs.subarray(0, cut * 6),
        targets: channel.targets.subarray(0, cut * 3),
      };
    });
    holes.forEach(({ targets, rows: count }) => targets.fill(NaN, (count >> 1) * 3));
    // Without a pull: the matrix of a pull knows lookbacks, whatever their truths.
    const [a, b] = [solve(holes, shape, Infinity), solve(half, shape, Infinity)];
    a.forEach((weight, at) => expect(Math.abs(weight - (b[at] as number))).toBeLessThan(1e-10));
  });

  test('a lookback that is more filled than observed makes no row', () => {
    const sparse = Float64Array.from({ length: 40 }, (_, step) => (step % 3 === 0 ? step : NaN));
    const dense = Float64Array.from({ length: 40 }, (_, step) => (step % 3 === 0 ? NaN : step));
    const count = (values: Float64Array) =>
      ridgeRows([{ firstGridIndex: 0, values: [values] }], { mean: [0], deviation: [1] }, shape)[0]?.rows;
    expect(count(sparse)).toBe(0);
    expect(count(dense)).toBe(40 - 6 - 3 + 1);
  });

  test('without a row the weights are zero and the forecast is the mean of the lookback', async () => {
    const { weights } = fitRidge([], { mean: [0], deviation: [1] }, { lookback: 3, horizon: 2 });
    expect(weights.every((weight) => weight === 0)).toBe(true);
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
  const count = (rows: readonly RidgeRows[]) => rows.map((channel) => channel.rows);
  const total = (rows: readonly RidgeRows[]) => count(rows).reduce((sum, n) => sum + n, 0);
  const all = ridgeRows(training, scales, shape);
  const some = ridgeRows(training, scales, shape, 10_000);
  const few = ridgeRows(training, scales, shape, 1);
  expect(count(all)).toEqual([487, 487]);
  expect(total(some) * (10 * 5 + 10 * 4)).toBeLessThanOrEqual(10_000);
  expect(total(few)).toBeGreaterThanOrEqual(15);
  expect(some[1]?.inputs.subarray(0, 10)).toEqual(all[1]?.inputs.subarray(0, 10));
  expect(ridgeRows(training, scales, shape)).toEqual(all);
});

test.each([2, 3, 4, 6, 12, 24])(
  'one of %i origins is taken at every hour of the day, so that no hour goes untaught',
  (stride) => {
    const [lookback, days] = [3, 200];
    // What is to be forecast of hour 0 is never observed: rows of origins before it can be told.
    const values = Float64Array.from({ length: 24 * days }, (_, step) => (step % 24 === 0 ? NaN : step % 7));
    const most = (24 * days - lookback) / stride;
    const [channel] = ridgeRows(
      [{ firstGridIndex: 0, values: [values] }],
      { mean: [0], deviation: [1] },
      { lookback, horizon: 1 },
      Math.ceil(most) * ((lookback * lookback) / 2 + lookback),
    );
    const { rows, targets } = channel as RidgeRows;
    expect(Math.abs(rows - most)).toBeLessThan(2);
    const untaught = targets.filter(Number.isNaN).length / rows;
    expect(untaught).toBeGreaterThan(0.5 / 24);
    expect(untaught).toBeLessThan(1.5 / 24);
  },
);

test('origins whose last truth lies behind the end teach where they are many, and only there', () => {
  const shape = { lookback: 10, horizon: 4 };
  const untaught = (length: number) => {
    const training = [randomSeries(7, 2, length, 0)];
    const rows = ridgeRows(training, fitScales(training, 2), shape);
    return rows.map(({ targets }) => targets.filter(Number.isNaN).length);
  };
  expect(untaught(30)).toEqual([6, 6]);
  expect(untaught(300)).toEqual([0, 0]);
});

test('every row of many short series has its place, however thin', () => {
  const training = Array.from({ length: 30 }, (_, seed) => randomSeries(seed, 2, 11 + seed, 0));
  const shape = { lookback: 10, horizon: 1 };
  for (const { rows, inputs, targets } of ridgeRows(training, fitScales(training, 2), shape, 1)) {
    expect(rows).toBeGreaterThanOrEqual(30);
    expect(inputs).toHaveLength(rows * 10);
    expect(targets).toHaveLength(rows);
  }
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
