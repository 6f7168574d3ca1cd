import { describe, expect, test } from 'vitest';
import { clipOutliers } from './clip-outliers.js';
import { fitScales } from './scale.js';
import { normals } from './testing/random.js';

const clipped = (...series: (readonly number[])[]): number[][] => {
  const training = series.map((values) => ({ firstGridIndex: 0, values: [Float64Array.from(values)] }));
  return clipOutliers(training, fitScales(training, 1)).map(({ values }) => [...(values[0] as Float64Array)]);
};
const normal = normals(1);
const sample = Array.from({ length: 900 }, () => 50 + 3 * normal());

describe('what teaches', () => {
  test.each([1e3, -1e5, 1e30])('has no spike of %d any more, and everything else as it was', (spike) => {
    const spoilt = sample.with(300, spike);
    const [values = []] = clipped(spoilt);
    expect(Math.abs((values[300] as number) - 50)).toBeLessThan(9 * 3);
    expect(values.with(300, spike)).toEqual(spoilt);
  });

  test('keeps a spike out of few values as well, wherever they stand', () => {
    const [, values = []] = clipped(sample.slice(0, 10), [...sample.slice(10, 20), 1e6]);
    expect(values[10]).toBeLessThan(200);
  });

  test.each([
    ['noise around a level', sample],
    ['a machine that runs one step in fifty', sample.map((v, at) => (at % 50 === 0 ? 1_000 + v : v / 100))],
    [
      'a walk',
      sample.map(
        (
          (sum) => (v: number) =>
            (sum += v - 50)
        )(0),
      ),
    ],
    ['a constant', sample.map(() => 7)],
    ['gaps', sample.map((v, at) => (at % 3 === 0 ? v : NaN))],
    ['nothing observed', [NaN, NaN]],
  ])('is not touched where nothing is far outside: %s', (_, values) => {
    expect(clipped(values)).toEqual([values]);
  });
});
