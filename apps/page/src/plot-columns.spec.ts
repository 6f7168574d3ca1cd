import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isolated, lastValue, plotColumns, reaches } from './plot-columns.js';

const FREQUENCY = 60_000;
const START = Date.parse('2013-01-05T00:00:00Z');
const iso = (step: number) => new Date(START + step * FREQUENCY).toISOString();

const observedOf = (values: (number | null)[]) => ({
  from: iso(0),
  frequencyMs: FREQUENCY,
  values: { a: values },
});
const predictedOf = (originStep: number, point: number[]) => ({
  origin: iso(originStep),
  frequencyMs: FREQUENCY,
  horizon: point.length,
  channels: {
    a: {
      point,
      quantiles: { '0.05': point.map((value) => value - 1), '0.95': point.map((value) => value + 2) },
    },
  },
});

const path = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 30 });
const seen = fc.array(fc.option(fc.integer({ min: -50, max: 50 })), { minLength: 1, maxLength: 60 });

describe('the columns of a chart', () => {
  test('hold every forecast entry k at origin + (k + 1) steps', () => {
    fc.assert(
      fc.property(
        seen,
        path,
        fc.integer({ min: -5, max: 80 }),
        fc.integer({ min: 0, max: 40 }),
        (values, point, origin, history) => {
          const columns = plotColumns('a', observedOf(values), predictedOf(origin, point), history);
          for (const [k, value] of point.entries()) {
            const index = columns.time.indexOf(START + (origin + 1 + k) * FREQUENCY);
            expect([columns.low[index], columns.point[index], columns.high[index]]).toEqual([
              value - 1,
              value,
              value + 2,
            ]);
          }
        },
      ),
    );
  });

  test.each([0, 100, Infinity])(
    'hold the newer of the two where a clock has jumped (history %s)',
    (history) => {
      const years = 1e7;
      const observed = observedOf([1, 2]);
      const late = { ...observed, from: iso(years) };
      expect(plotColumns('a', late, predictedOf(0, [5]), history)).toEqual(
        plotColumns('a', late, null, history),
      );
      const ahead = predictedOf(years, [5]);
      expect(plotColumns('a', observed, ahead, history)).toEqual(plotColumns('a', null, ahead, history));
    },
  );

  test('hold every observed value of the shown history at its own time, and null where nothing was observed', () => {
    fc.assert(
      fc.property(
        seen,
        path,
        fc.integer({ min: 0, max: 80 }),
        fc.integer({ min: 0, max: 40 }),
        (values, point, origin, history) => {
          const columns = plotColumns('a', observedOf(values), predictedOf(origin, point), history);
          const expected = columns.time.map((time) => values[(time - START) / FREQUENCY] ?? null);
          expect(columns.observed).toEqual(expected);
        },
      ),
    );
  });

  test('are equally long, ascending, one step apart and begin at most `history` steps before the origin', () => {
    fc.assert(
      fc.property(
        seen,
        path,
        fc.integer({ min: -5, max: 500 }),
        fc.integer({ min: 0, max: 40 }),
        (values, point, origin, history) => {
          const columns = plotColumns('a', observedOf(values), predictedOf(origin, point), history);
          const lengths = [columns.observed, columns.low, columns.point, columns.high].map(
            (column) => column.length,
          );
          expect(new Set(lengths)).toEqual(new Set([columns.time.length]));
          expect(columns.time.every((time, k) => k === 0 || time - columns.time[k - 1]! === FREQUENCY)).toBe(
            true,
          );
          expect(START + origin * FREQUENCY - columns.time[0]!).toBeLessThanOrEqual(history * FREQUENCY);
        },
      ),
    );
  });

  test('keep what was observed after the origin: truth beside forecast', () => {
    const columns = plotColumns('a', observedOf([1, 2, 3, 4]), predictedOf(1, [9, 9, 9]), 10);
    expect(columns.observed).toEqual([1, 2, 3, 4, null]);
    expect(columns.point).toEqual([null, 2, 9, 9, 9]);
  });

  test('do not open the fan from a value that was not observed', () => {
    const columns = plotColumns('a', observedOf([1, null]), predictedOf(1, [9]), 10);
    expect(columns.point).toEqual([null, null, 9]);
  });

  test('show what was observed before there is a forecast', () => {
    const columns = plotColumns('a', observedOf([1, null, 3]), null, 10);
    expect(columns.observed).toEqual([1, null, 3]);
    expect(columns.origin).toBeNull();
  });

  test('show a forecast when nothing observed is known', () => {
    expect(plotColumns('a', null, predictedOf(0, [5, 6]), 10).point).toEqual([null, 5, 6]);
  });

  test('are empty of a channel nobody knows, not wrong', () => {
    const columns = plotColumns('b', observedOf([1]), predictedOf(0, [5]), 10);
    expect(columns.point.concat(columns.observed).every((value) => value === null)).toBe(true);
  });
});

test('isolated values are those that no line would show', () => {
  expect(isolated([1, null, 2, 3, null, 4])).toEqual([0, 5]);
  expect(isolated([])).toEqual([]);
});

test('the last value is the newest that was observed, with its own time', () => {
  expect(lastValue('a', observedOf([1, 2, null]))).toEqual({ value: 2, time: START + FREQUENCY });
  expect(lastValue('a', observedOf([null]))).toBeNull();
  expect(lastValue('a', null)).toBeNull();
});

test('what was observed reaches an origin only from its own step on', () => {
  expect(reaches(observedOf([1, null]), predictedOf(1, [1]))).toBe(true);
  expect(reaches(observedOf([1, null]), predictedOf(2, [1]))).toBe(false);
  expect(reaches(null, predictedOf(0, [1]))).toBe(false);
});
