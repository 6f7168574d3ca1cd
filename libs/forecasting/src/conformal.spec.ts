import { judgedLeads } from '#contracts';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { lastValueForecaster } from './baselines/last-value.js';
import { seasonalNaiveForecaster } from './baselines/seasonal-naive.js';
import { beginCalibration, calibrate, type Calibration, enoughErrors, intervals } from './conformal.js';
import type { Forecaster, Paths } from './forecaster.js';
import { kalmanForecaster } from './kalman/kalman-forecaster.js';
import { coverageAt, liveIntervals } from './testing/live-intervals.js';
import { normals } from './testing/random.js';

/** Share of the truths that should fall inside the interval. */
const COVERAGE = 0.9;

/** `[6][steps]` of a station on its hourly grid, NaN: not observed; the wind of 1,048 mph left out, as ingest does. */
function nycWeather(station: string): { firstGridIndex: number; values: Float64Array[] } {
  const file = new URL('../../../data/nyc-weather-2013.csv.gz', import.meta.url);
  const rows = gunzipSync(readFileSync(file))
    .toString('utf8')
    .split('\n')
    .map((line) => line.split(','))
    .filter((row) => row[0] === station);
  const hours = rows.map((row) => Date.parse(row[1] as string) / 3_600_000);
  const first = hours.reduce((least, hour) => Math.min(least, hour), Infinity);
  const last = hours.reduce((most, hour) => Math.max(most, hour), -Infinity);
  const values = Array.from({ length: 6 }, () => new Float64Array(last - first + 1).fill(NaN));
  rows.forEach((row, at) => {
    values.forEach((column, channel) => {
      const cell = row[channel + 2] ?? '';
      const value = cell === '' || cell === 'NA' ? NaN : Number(cell);
      column[(hours[at] as number) - first] = channel === 3 && value > 200 ? NaN : value;
    });
  });
  return { firstGridIndex: first, values };
}

async function pathsOf(
  forecaster: Forecaster,
  values: readonly Float64Array[],
  firstGridIndex: number,
): Promise<(Paths | null)[]> {
  const paths: (Paths | null)[] = [];
  let state: unknown = null;
  for (let step = 0; step < (values[0] as Float64Array).length; step++) {
    const row = Float64Array.from(values, (column) => column[step] as number);
    const [result] = await forecaster.advance([
      { state, gridIndex: firstGridIndex + step, values: row, wanted: true },
    ]);
    state = result?.state;
    paths.push(result?.paths ?? null);
  }
  return paths;
}

describe('on a year of hourly weather, six channels, from the first frame on', () => {
  const [horizon, lookback, season] = [24, 96, 24];
  const mean = new Array<number>(6).fill(0);
  const forecasters: Record<string, () => Forecaster> = {
    'last value': () => lastValueForecaster({ horizon, lookback, mean }),
    'seasonal naive': () => seasonalNaiveForecaster({ horizon, lookback, season, mean }),
    kalman: () => kalmanForecaster({ channels: 6, horizon, lookback, season }),
  };
  const leads = judgedLeads(horizon);
  let weather: ReturnType<typeof nycWeather>;
  beforeAll(() => {
    weather = nycWeather('EWR');
  });

  test.each(Object.entries(forecasters).map(([name, make]) => ({ name, make })))(
    '$name covers 90 % within 2 points at every lead, judged or between',
    async ({ make }) => {
      const paths = await pathsOf(make(), weather.values, weather.firstGridIndex);
      const live = liveIntervals({ channels: 6, horizon, leads }, paths, weather.values, null);
      for (let lead = 1; lead <= horizon; lead++) {
        expect(Math.abs(coverageAt(live, horizon, lead) - COVERAGE), `lead ${lead}`).toBeLessThan(0.02);
      }
    },
  );

  test('the kalman filter is honest while it is new: its first two days cover no less than four in five', async () => {
    const steps = 48;
    let [inside, truths] = [0, 0];
    for (let from = 0; from + steps < 8_000; from += 397) {
      const values = weather.values.map((column) => column.subarray(from, from + steps));
      const paths = await pathsOf(forecasters.kalman?.() as Forecaster, values, from);
      const live = liveIntervals({ channels: 6, horizon, leads }, paths, values, null);
      inside += live.inside.reduce((sum, one) => sum + one, 0);
      truths += live.truths.reduce((sum, one) => sum + one, 0);
    }
    expect(inside / truths).toBeGreaterThan(0.8);
  });
});

describe('changes of regime', () => {
  const shape = { channels: 1, horizon: 1, leads: [1] };
  const flat = (steps: number): Paths[] =>
    Array.from({ length: steps }, () => ({ point: Float64Array.of(0), deviation: null }));

  // Where all truths are above the point the lower bound cannot be above it, so nothing is ever below the interval:
  // the upper bound still leaves its 5 % out, and 95 % are inside.
  test.each([
    ['ten times the size', COVERAGE, (z: number, after: boolean) => (after ? 10 * z : z)],
    ['a tenth of the size', COVERAGE, (z: number, after: boolean) => (after ? z / 10 : z)],
    ['a bias of one deviation', COVERAGE, (z: number, after: boolean) => (after ? z + 1 : z)],
    ['a bias of three deviations', 0.95, (z: number, after: boolean) => (after ? z + 3 : z)],
    ['skewed and positive', 0.95, (z: number, after: boolean) => (after ? Math.exp(z) : z)],
  ])('errors that become %s are covered again after 150 of them', (_, expected, change) => {
    const normal = normals(7);
    const [turn, steps] = [600, 3_600];
    const values = [Float64Array.from({ length: steps }, (_, step) => change(normal(), step >= turn))];
    const later = (origin: number) => origin > turn + 150;
    const soon = liveIntervals(shape, flat(turn + 450), values, null, later);
    expect(Math.abs(coverageAt(soon, 1, 1) - expected)).toBeLessThan(0.06);
    const long = liveIntervals(shape, flat(steps), values, null, later);
    expect(Math.abs(coverageAt(long, 1, 1) - expected)).toBeLessThan(0.02);
  });

  test('errors that become a hundred times the size are no spike: they are covered after 150 of them', () => {
    const normal = normals(7);
    const values = [Float64Array.from({ length: 1_050 }, (_, step) => (step < 600 ? 1 : 100) * normal())];
    const live = liveIntervals(shape, flat(1_050), values, null, (origin) => origin > 750);
    expect(coverageAt(live, 1, 1)).toBeGreaterThan(0.85);
  });

  test('the interval follows: narrow where errors became small, not only covering', () => {
    const normal = normals(8);
    const values = [Float64Array.from({ length: 1_600 }, (_, step) => (step < 800 ? 10 : 1) * normal())];
    const { calibration } = liveIntervals(shape, flat(1_600), values, null);
    const { lower, upper } = intervals(calibration, shape, Float64Array.of(0), null);
    const width = (upper[0] as number) - (lower[0] as number);
    expect(width).toBeGreaterThan(2.5);
    expect(width).toBeLessThan(4.5);
  });

  test('this notices a calibration that does not learn', () => {
    const normal = normals(7);
    const values = [Float64Array.from({ length: 1_000 }, () => normal())];
    const frozen = flat(1_000).map((path) => ({ ...path, deviation: Float64Array.of(0.2) }));
    const live = liveIntervals(shape, frozen.slice(0, enoughErrors(1)), values, null);
    expect(coverageAt(live, 1, 1)).toBeLessThan(0.5);
  });
});

describe('where calibration begins', () => {
  const shape = { channels: 1, horizon: 8, leads: judgedLeads(8) };
  const point = new Float64Array(8);
  const brought = {
    leads: [1, 2, 4, 8],
    lower: [[-1, -2, -3, -5]],
    upper: [[2, 3, 4, 8]],
  };

  test('at the offsets that a version brings, linear between judged leads', () => {
    const { lower, upper } = intervals(beginCalibration(shape, brought), shape, point, null);
    [-1, -2, -2.5, -3, -3.5, -4, -4.5, -5].forEach((low, at) => expect(lower[at]).toBeCloseTo(low, 12));
    [2, 3, 3.5, 4, 5, 6, 7, 8].forEach((high, at) => expect(upper[at]).toBeCloseTo(high, 12));
  });

  test('a version brings offsets: its deviations are not asked any more', () => {
    const deviation = new Float64Array(8).fill(1e6);
    const start = beginCalibration(shape, brought);
    expect(intervals(start, shape, point, deviation)).toEqual(intervals(start, shape, point, null));
  });

  test('without offsets a lead answers from the deviations until it has enough errors', () => {
    const one = { channels: 1, horizon: 1, leads: [1] };
    const deviation = Float64Array.of(100);
    let calibration = beginCalibration(one, null);
    const widths: number[] = [];
    for (let errors = 0; errors <= enoughErrors(1); errors++) {
      const { lower, upper } = intervals(calibration, one, Float64Array.of(0), deviation);
      widths.push((upper[0] as number) - (lower[0] as number));
      calibration = calibrate(one, calibration, { error: [errors % 2 ? 1 : -1], side: [0] });
    }
    expect(new Set(widths.slice(0, -1))).toEqual(new Set([widths[0]]));
    expect(widths[0]).toBeCloseTo(2 * 164.485, 2);
    expect(widths.at(-1)).toBeLessThan(6);
  });
});

describe('one absurd error', () => {
  const one = { channels: 1, horizon: 1, leads: [1] };
  const widthOf = (calibration: Calibration) => {
    const { lower, upper } = intervals(calibration, one, Float64Array.of(0), null);
    return (upper[0] as number) - (lower[0] as number);
  };

  test.each([1e2, 1e4, 1e9, -1e9])(
    'of %d among N(0, 1) widens the interval by a quarter at most',
    (error) => {
      const normal = normals(3);
      let before = beginCalibration(one, null);
      for (let errors = 0; errors < 400; errors++) {
        before = calibrate(one, before, { error: [normal()], side: [0] });
      }
      const after = calibrate(one, before, { error: [error], side: [Math.sign(error)] });
      expect(widthOf(after)).toBeGreaterThan(widthOf(before));
      expect(widthOf(after)).toBeLessThan(1.25 * widthOf(before));
    },
  );
});

describe('always', () => {
  const shape = { channels: 2, horizon: 5, leads: judgedLeads(5) };
  const size = 2 * shape.leads.length;
  const errorOrNothing = fc.oneof(fc.constant(NaN), fc.double({ min: -1e9, max: 1e9, noNaN: true }));
  const outcome = fc.record({
    error: fc.array(errorOrNothing, { minLength: size, maxLength: size }),
    side: fc.array(fc.constantFrom(-1, 0, 1), { minLength: size, maxLength: size }),
  });

  test('lower <= point <= upper, the state is finite, pure and survives JSON', () => {
    fc.assert(
      fc.property(fc.array(outcome, { maxLength: 80 }), (outcomes) => {
        let calibration = beginCalibration(shape, null);
        for (const one of outcomes) {
          const before = JSON.stringify(calibration);
          const next = calibrate(shape, calibration, one);
          expect(JSON.stringify(calibration)).toBe(before);
          expect(calibrate(shape, JSON.parse(before) as typeof calibration, one)).toEqual(next);
          calibration = next;
        }
        const point = Float64Array.from({ length: 10 }, (_, at) => at);
        const { lower, upper } = intervals(calibration, shape, point, null);
        point.forEach((value, at) => {
          expect(lower[at]).toBeLessThanOrEqual(value);
          expect(upper[at]).toBeGreaterThanOrEqual(value);
        });
        expect(Object.values(calibration).flat().every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  test('a truth that was not observed teaches nothing', () => {
    const start = beginCalibration(shape, null);
    const nothing = { error: new Array<number>(size).fill(NaN), side: new Array<number>(size).fill(0) };
    expect(calibrate(shape, start, nothing)).toEqual(start);
  });
});
