import { describe, expect, test } from 'vitest';
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
      [-7, -7],
    ],
    upper: [
      [95, 950],
      [-7, -7],
    ],
  });
});

describe('where truths do not fall on a judged lead', () => {
  /** Errors of one channel, `lead` at each of the leads that are observed. */
  const offsetsOf = (horizon: number, leads: readonly number[], observed: (lead: number) => boolean) => {
    const quantiles = new ErrorQuantiles(1, horizon, leads);
    const truth = Float64Array.from({ length: horizon }, (_, at) => (observed(at + 1) ? at + 1 : NaN));
    for (let origin = 0; origin < 3; origin++) quantiles.add(new Float64Array(horizon), truth);
    const { lower, upper } = quantiles.offsets();
    return leads.map((_, place) => [lower[0]?.[place], upper[0]?.[place]]);
  };

  test('the leads around it stand in for it, the longer of two that are equally near', () => {
    // 3 is as near to 2 as to 4, 6 as near to 4 as to 8, 12 to 8 as to 16; nothing is near to 1 and 2.
    expect(offsetsOf(24, [1, 2, 4, 8, 16, 24], (lead) => lead % 3 === 0)).toEqual([
      [3, 3],
      [3, 3],
      [3, 3],
      [6, 9],
      [12, 18],
      [24, 24],
    ]);
  });

  test('an error of its own is worth more than those around it', () => {
    expect(offsetsOf(4, [1, 2, 4], (lead) => lead >= 3)).toEqual([
      [4, 4],
      [4, 4],
      [4, 4],
    ]);
  });

  test('a channel that was never observed says nothing', () => {
    expect(offsetsOf(4, [1, 2, 4], () => false)).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
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
