import { describe, expect, test } from 'vitest';
import {
  fitScales,
  type Forecaster,
  HistoryRing,
  kalmanForecaster,
  lastValueForecaster,
  ridgeForecaster,
  seasonalNaiveForecaster,
} from '../index.js';
import { forecasterContract } from './forecaster-contract.js';
import { normals, uniforms } from './random.js';

const horizon = 5;
const lookback = 12;
const mean = [0, 20, 40];
const scales = { mean, deviation: [3, 4, 5] };
const normal = normals(1);
const weights = Float64Array.from({ length: 3 * lookback * horizon }, () => 0.2 * normal());

const subjects: Record<string, () => Forecaster> = {
  'last value': () => lastValueForecaster({ horizon, lookback, mean }),
  'seasonal naive': () => seasonalNaiveForecaster({ horizon, lookback, season: 7, mean }),
  'seasonal naive with a season of one and a half lookbacks': () =>
    seasonalNaiveForecaster({ horizon, lookback, season: 18, mean }),
  'seasonal naive without a season': () => seasonalNaiveForecaster({ horizon, lookback, season: null, mean }),
  ridge: () => ridgeForecaster({ lookback, horizon, scales, weights }),
  kalman: () => kalmanForecaster({ channels: 3, horizon, lookback, season: 6 }),
  'kalman without a season': () =>
    kalmanForecaster({ channels: 3, horizon, lookback, season: null, prior: scales }),
};

describe.each(Object.entries(subjects).map(([name, make]) => ({ name, make })))(
  '$name keeps the contract',
  ({ make }) => {
    test.each(forecasterContract({ make, independentChannels: true }))('$title', ({ check }) => check());
  },
);

/** Last value with one fault. */
function broken(
  fault: Partial<{
    remembers: boolean;
    leaks: boolean;
    early: boolean;
    infinite: boolean;
    writes: boolean;
    counts: boolean;
    forgetsGaps: boolean;
  }>,
): Forecaster {
  type Flawed = { ring: HistoryRing; sum: number; calls: number; index: number };
  const segment = new Float64Array(lookback);
  const forecaster: Forecaster<Flawed> = {
    kind: 'last-value',
    channels: 3,
    horizon,
    context: lookback,
    warmUp: 3,
    advance: async (steps) =>
      steps.map(({ state, gridIndex, values, wanted }) => {
        const next = state ?? { ring: new HistoryRing(3, lookback), sum: 0, calls: 0, index: gridIndex - 1 };
        next.index = fault.forgetsGaps === true ? next.index + 1 : gridIndex;
        next.ring.push(next.index, values);
        next.calls++;
        if (fault.remembers === true) next.sum += 1e-9 * (values[0] || 0);
        if (fault.writes === true) values[0] = 0;
        if (!wanted || next.ring.lived < (fault.early === true ? 2 : 3)) return { state: next, paths: null };
        const point = new Float64Array(3 * horizon);
        for (let channel = 0; channel < 3; channel++) {
          next.ring.copyLast(channel, segment);
          const seen = segment.filter((value) => !Number.isNaN(value));
          let value = seen.at(-1) ?? 0;
          if (fault.infinite === true && seen.length === 0) value = NaN;
          if (fault.counts === true) value += steps.length;
          if (fault.leaks === true) value += values[0] || 0;
          point.fill(value + next.sum, channel * horizon, (channel + 1) * horizon);
        }
        return { state: next, paths: { point, deviation: null } };
      }),
  };
  return forecaster;
}

/** The claims that a forecaster breaks. */
async function brokenClaims(make: () => Forecaster): Promise<string[]> {
  const titles: string[] = [];
  for (const { title, check } of forecasterContract({ make, independentChannels: true })) {
    await check().catch(() => titles.push(title));
  }
  return titles;
}

describe('the contract bites', () => {
  test('on nothing where there is no fault', async () => {
    expect(await brokenClaims(() => broken({}))).toEqual([]);
  });
  test.each([
    [{ remembers: true }, 'is a pure function of its last `context` grid steps'],
    [{ early: true }, 'forecasts from its warm-up on and not before'],
    [{ infinite: true }, 'is finite whatever it sees'],
    [{ writes: true }, 'leaves what it is given as it was'],
    [{ counts: true }, 'gives a series the same whatever else is in the call'],
    [{ leaks: true }, 'forecasts a channel the same whatever the others do'],
    [{ forgetsGaps: true }, 'steps over a gap as over unobserved steps, one by one'],
  ])('on %o: "%s"', async (fault, title) => {
    expect(await brokenClaims(() => broken(fault))).toContain(title);
  });
  test('on a forecaster that changes when it is asked, or differs from its twin', async () => {
    let made = 0;
    const make = () => {
      const uniform = uniforms(made++);
      const whole = broken({});
      return {
        ...whole,
        advance: async (steps: Parameters<typeof whole.advance>[0]) => {
          const results = await whole.advance(steps);
          const noise = uniform();
          return results.map(({ state, paths }) => ({
            state,
            paths: paths && { ...paths, point: paths.point.map((value) => value + noise) },
          }));
        },
      };
    };
    expect(await brokenClaims(make)).toContain('forecasts the same whether or not it was asked before');
  });
});

test('scales of a fit are what a prior takes', () => {
  const fitted = fitScales([{ firstGridIndex: 0, values: [Float64Array.of(1, 2, 3)] }], 1);
  expect(() =>
    kalmanForecaster({ channels: 1, horizon, lookback, season: null, prior: fitted }),
  ).not.toThrow();
});
