import { expect, test } from 'vitest';
import { beginCalibration, intervals } from './conformal.js';
import { ErrorQuantiles } from './error-quantiles.js';

test('the offsets are the quantiles of the errors at the judged leads, observed truths only', () => {
  const quantiles = new ErrorQuantiles(2, 2, [1, 2]);
  // Channel 0: errors 0..100 at lead 1, ten times that at lead 2. Channel 1: errors of -7, not always observed.
  for (let k = 0; k <= 100; k++) {
    const truth = Float64Array.of(5 + k, 5 + 10 * k, k % 3 === 0 ? NaN : -7, NaN);
    quantiles.add(Float64Array.of(5, 5, 0, 0), truth);
  }
  expect(quantiles.offsets()).toEqual({
    leads: [1, 2],
    lower: [
      [5, 50],
      [-7, 0],
    ],
    upper: [
      [95, 950],
      [-7, 0],
    ],
  });
});

test('between two errors the quantile is linear', () => {
  const quantiles = new ErrorQuantiles(1, 1, [1]);
  for (const error of [0, 1]) quantiles.add(Float64Array.of(0), Float64Array.of(error));
  const { lower, upper } = quantiles.offsets();
  expect(lower[0]?.[0]).toBeCloseTo(0.05, 12);
  expect(upper[0]?.[0]).toBeCloseTo(0.95, 12);
});

test('errors all on one side begin an interval that still holds its point', () => {
  const shape = { channels: 1, horizon: 1, leads: [1] };
  const start = beginCalibration(shape, { leads: [1], lower: [[2]], upper: [[6]] });
  const { lower, upper } = intervals(start, shape, Float64Array.of(10), null);
  expect([lower[0], upper[0]]).toEqual([10, 16]);
});
