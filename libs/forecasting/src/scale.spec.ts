import { expect, test } from 'vitest';
import { fitScales } from './scale.js';
import { normals } from './testing/random.js';

const fit = (...series: (readonly number[])[]) => {
  const scales = fitScales(
    series.map((values) => ({ firstGridIndex: 0, values: [Float64Array.from(values)] })),
    1,
  );
  return { mean: scales.mean[0] as number, deviation: scales.deviation[0] as number };
};
const normal = normals(1);
const sample = Array.from({ length: 4000 }, () => 50 + 3 * normal());

test('the scale of a normal variable is its mean and deviation', () => {
  const { mean, deviation } = fit(sample);
  expect(Math.abs(mean - 50)).toBeLessThan(0.2);
  expect(Math.abs(deviation - 3)).toBeLessThan(0.15);
});

test('one absurd value in a thousand hardly moves the scale; without the clip it would', () => {
  const spoilt = sample.map((value, at) => (at % 1000 === 500 ? 1e6 : value));
  const clean = fit(sample);
  const robust = fit(spoilt);
  expect(Math.abs(robust.mean - clean.mean)).toBeLessThan(0.05);
  expect(robust.deviation / clean.deviation).toBeLessThan(1.05);
  const plain = spoilt.reduce((sum, value) => sum + value, 0) / spoilt.length;
  expect(Math.abs(plain - clean.mean)).toBeGreaterThan(900);
});

test('only observed values count, and all series share one scale', () => {
  const holes = sample.flatMap((value) => [NaN, value]);
  expect(fit(holes)).toEqual(fit(sample));
  expect(fit(sample.slice(0, 1500), sample.slice(1500))).toEqual(fit(sample));
});

test('a channel that is mostly one value still has a deviation', () => {
  const visibility = Array.from({ length: 1000 }, (_, at) => (at % 10 === 0 ? 4 : 10));
  expect(fit(visibility).deviation).toBeGreaterThan(0.5);
});

test.each([
  ['constant', [7, 7, 7], { mean: 7, deviation: 1 }],
  ['constant but for rounding', [7, 7 + 1e-12, 7 - 1e-12], { mean: 7, deviation: 1 }],
  ['never observed', [NaN, NaN], { mean: 0, deviation: 1 }],
  ['one value', [3], { mean: 3, deviation: 1 }],
])('a channel that was %s is not divided by zero', (_, values, expected) => {
  const { mean, deviation } = fit(values);
  expect(mean).toBeCloseTo(expected.mean, 9);
  expect(deviation).toBe(expected.deviation);
});
