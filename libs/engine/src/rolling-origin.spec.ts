import { Forecast, StreamDefinition } from '#contracts';
import { kalmanForecaster, lastValueForecaster, ridgeForecaster } from '#forecasting';
import { describe, expect, test } from 'vitest';
import { Draws } from './draws.js';
import { ModelStates, type ServingModel } from './model-states.js';
import { type ObservedFrame, observedValue } from './observed-frames.js';
import { isFiniteForecast } from './published-forecast.js';
import { type OriginResult, RollingOrigin } from './rolling-origin.js';
import type { SeriesMemory } from './series-memory.js';

const definition = StreamDefinition.parse({
  stream: 's',
  frequency: '1h',
  lookback: 12,
  horizon: 5,
  season: 6,
  maxGap: 8,
  channels: [{ name: 'a', decimals: 2, min: -50, max: 50 }, { name: 'b' }],
});
const shape = { channels: 2, horizon: 5, lookback: 12, season: 6 };
const cold: ServingModel = {
  kind: 'kalman',
  version: 'kalman-0',
  forecaster: kalmanForecaster(shape),
  intervals: null,
};
const offsets = {
  leads: [1, 5],
  lower: [
    [-1, -2],
    [-1, -2],
  ],
  upper: [
    [1, 2],
    [1, 2],
  ],
};
const last: ServingModel = {
  kind: 'last-value',
  version: 'last-value-1',
  forecaster: lastValueForecaster({ horizon: 5, lookback: 12, mean: [0, 0] }),
  intervals: offsets,
};
/** Needs a lookback before it speaks, so that the cold start answers first. */
const ridge: ServingModel = {
  kind: 'ridge',
  version: 'ridge-1',
  forecaster: ridgeForecaster({
    lookback: 12,
    horizon: 5,
    scales: { mean: [0, 0], deviation: [1, 1] },
    weights: Float64Array.from({ length: 2 * 60 }, (_, i) => (i % 60 >= 55 ? 1 : 0)),
  }),
  intervals: offsets,
};

/** Walks of three series with gaps, some longer than maxGap, in one log order. */
function walks(seed: number, length: number): ObservedFrame[] {
  const draws = new Draws(seed, 'weights', 0);
  const at = new Map(['x', 'y', 'z'].map((series) => [series, { grid: draws.int(100), a: 0, b: 20 }]));
  return Array.from({ length }, () => {
    const series = ['x', 'y', 'z'][draws.int(3)] as string;
    const now = at.get(series) as { grid: number; a: number; b: number };
    now.grid += draws.uniform() < 0.05 ? 2 + draws.int(14) : 1;
    now.a += draws.normal();
    now.b += draws.normal();
    const hide = (value: number) => (draws.uniform() < 0.1 ? NaN : Math.round(value * 100) / 100);
    return { series, gridIndex: now.grid, values: Float64Array.of(hide(now.a), hide(now.b)) };
  });
}

async function run(
  rolling: RollingOrigin,
  frames: readonly ObservedFrame[],
  cut: () => number,
): Promise<OriginResult[]> {
  const results: OriginResult[] = [];
  for (let at = 0; at < frames.length;) {
    const next = at + cut();
    results.push(...(await rolling.advance(frames.slice(at, next))));
    at = next;
  }
  return results;
}

const text = (results: readonly OriginResult[]) => results.map((result) => JSON.stringify(result));

describe.each([
  ['the cold start', cold],
  ['last value', last],
  ['ridge, with the cold start before', ridge],
])('the loop with %s', (_, model) => {
  test('gives the same bytes however the frames are cut, and whatever other series there are', async () => {
    const frames = walks(1, 400);
    const whole = text(await run(new RollingOrigin(definition, model, cold), frames, () => 400));
    const draws = new Draws(2, 'weights', 0);
    expect(
      text(await run(new RollingOrigin(definition, model, cold), frames, () => 1 + draws.int(20))),
    ).toEqual(whole);
    const alone = frames.filter(({ series }) => series === 'y');
    expect(text(await run(new RollingOrigin(definition, model, cold), alone, () => 7))).toEqual(
      whole.filter((_line, index) => frames[index]?.series === 'y'),
    );
  });

  test('goes on as if nothing had happened when it is rebuilt from memory, frames and forecasts', async () => {
    for (let seed = 10; seed < 16; seed++) {
      const frames = walks(seed, 300);
      const draws = new Draws(seed, 'weights', 1);
      const expected = text(await run(new RollingOrigin(definition, model, cold), frames, () => 300));
      const cut = 50 + draws.int(200);
      const before = new RollingOrigin(definition, model, cold);
      const published = await run(before, frames.slice(0, cut), () => 9);
      const after = new RollingOrigin(definition, model, cold);
      for (const series of ['x', 'y', 'z']) {
        const memory = before.memoryOf(series);
        if (memory !== null) after.remember(series, JSON.parse(JSON.stringify(memory)) as typeof memory);
      }
      await after.replay(frames.slice(0, cut));
      for (const { forecast } of published) {
        if (forecast !== null) after.recall(Forecast.parse(JSON.parse(JSON.stringify(forecast))));
      }
      expect(text(await run(after, frames.slice(cut), () => 11))).toEqual(expected.slice(cut));
    }
  });
});

test('a loop holds no more of what waits after a replay than a living one, remembered or not', async () => {
  const frames = walks(9, 300);
  const living = new RollingOrigin(definition, last, cold);
  await run(living, frames, () => 9);
  const remembering = new RollingOrigin(definition, last, cold);
  for (const series of ['x', 'y', 'z']) remembering.remember(series, living.memoryOf(series) as SeriesMemory);
  for (const loop of [remembering, new RollingOrigin(definition, last, cold)]) {
    await loop.replay(frames);
    expect(loop.awaited).toBe(living.awaited);
  }
});

test('a series is as old after a replay as its frames, however long it was replayed', async () => {
  const frames = Array.from({ length: 11 }, (_, gridIndex) => ({
    series: 'x',
    gridIndex,
    values: Float64Array.of(1, 2),
  }));
  const replayed = new RollingOrigin(definition, ridge, cold);
  for (const frame of frames.slice(0, -1)) await replayed.replay([frame]);
  const [result] = await replayed.advance(frames.slice(-1));
  expect(result?.forecast?.warmingUp).toEqual({ have: 11, need: 12 });
});

test('the newest frame of a series is known as its memory has it, until the series is forgotten', async () => {
  const loop = new RollingOrigin(definition, last, cold);
  expect(loop.lastOf('x')).toBeNull();
  for (const frame of walks(7, 60)) {
    await loop.advance([frame]);
    expect(loop.lastOf(frame.series)).toBe(frame.gridIndex);
    expect(loop.memoryOf(frame.series)?.last).toBe(frame.gridIndex);
  }
  loop.forget('x');
  expect(loop.lastOf('x')).toBeNull();
  expect(loop.lastOf('y')).not.toBeNull();
});

test('without its memory a rebuilt loop is not the same: the memory matters', async () => {
  const frames = walks(3, 300);
  const expected = text(await run(new RollingOrigin(definition, last, cold), frames, () => 300));
  const after = new RollingOrigin(definition, last, cold);
  await after.replay(frames.slice(0, 150));
  expect(text(await run(after, frames.slice(150), () => 11))).not.toEqual(expected.slice(150));
});

describe('a newcomer', () => {
  test('finds what the cold start knows of series that are too young for it, whoever served before', async () => {
    const frames = walks(6, 300);
    const always = await run(new RollingOrigin(definition, ridge, cold), frames, () => 13);
    const said = ({ forecast }: OriginResult) =>
      `${forecast?.model.version} ${JSON.stringify(forecast?.channels['b']?.point)}`;
    let stoodIn = 0;
    for (const before of [cold, last]) {
      for (let at = 5; at < 300; at += 20) {
        const rolling = new RollingOrigin(definition, before, cold);
        await run(rolling, frames.slice(0, at), () => 13);
        const newcomer = new ModelStates(ridge, definition.maxGap);
        await newcomer.replay(frames.slice(0, at));
        rolling.adopt(newcomer);
        const late = await run(rolling, frames.slice(at), () => 13);
        expect(late.map(said)).toEqual(always.slice(at).map(said));
        stoodIn += Number(late[0]?.forecast?.model.version === 'kalman-0');
      }
    }
    expect(stoodIn).toBeGreaterThan(5);
  });

  test('takes over from one frame to the next without a gap, as if it had always been there', async () => {
    const frames = walks(4, 300);
    const rolling = new RollingOrigin(definition, cold, cold);
    const early = await run(rolling, frames.slice(0, 200), () => 13);
    const newcomer = new ModelStates(ridge, definition.maxGap);
    await newcomer.replay(frames.slice(0, 200));
    rolling.adopt(newcomer);
    const late = await run(rolling, frames.slice(200), () => 13);
    const always = (await run(new RollingOrigin(definition, ridge, cold), frames, () => 13)).slice(200);
    expect(early.every(({ forecast }) => forecast?.model.version === 'kalman-0')).toBe(true);
    // Every frame has its forecast, before and after.
    expect([...early, ...late].every(({ forecast }) => forecast !== null)).toBe(true);
    const points = (results: OriginResult[]) =>
      results.map(({ forecast }) => [
        forecast?.model.version,
        ...Object.values(forecast?.channels ?? {}).map(({ point }) => point),
      ]);
    expect(points(late)).toEqual(points(always));
    expect(late.some(({ forecast }) => forecast?.model.version === 'ridge-1')).toBe(true);
    // What the old version had said is still judged, under its own name; running figures are the new one's alone.
    expect(late[0]?.evaluation.versions).toContain('kalman-0');
  });
});

describe('a forecast', () => {
  test('says how long a series still warms up, stays inside the plausible range and holds its point', async () => {
    const frames = Array.from({ length: 20 }, (_, index) => ({
      series: 'x',
      gridIndex: 100 + index,
      values: Float64Array.of(49.5 + index / 10, index === 3 ? NaN : 1),
    }));
    const results = await run(new RollingOrigin(definition, ridge, cold), frames, () => 4);
    expect(results[3]?.forecast).toMatchObject({
      warmingUp: { have: 4, need: 12 },
      unobserved: ['b'],
      model: { version: 'kalman-0' },
    });
    expect(results[11]?.forecast).toMatchObject({
      warmingUp: null,
      unobserved: [],
      model: { version: 'ridge-1' },
    });
    for (const { forecast } of results) {
      for (const { point, quantiles } of Object.values(forecast?.channels ?? {})) {
        point.forEach((value, lead) => {
          expect(quantiles['0.05'][lead]).toBeLessThanOrEqual(value);
          expect(quantiles['0.95'][lead]).toBeGreaterThanOrEqual(value);
        });
      }
      expect(Math.max(...(forecast?.channels['a']?.quantiles['0.95'] ?? []))).toBeLessThanOrEqual(50);
    }
  });

  test('of the cold start is finite whatever is observed, and would not be if every double were', async () => {
    const draws = new Draws(8, 'weights', 0);
    const value = () => (draws.uniform() < 0.5 ? -1 : 1) * 10 ** (draws.int(618) - 309);
    const measured = Array.from({ length: 500 }, (_, gridIndex) => [gridIndex, value(), value()] as const);
    const areFinite = async (seen: (number: number) => number) => {
      const frames = measured.map(([gridIndex, a, b]) => {
        return { series: 'x', gridIndex, values: Float64Array.of(seen(a), seen(b)) };
      });
      const results = await run(new RollingOrigin(definition, cold, cold), frames, () => 50);
      return results.every(({ forecast }) => forecast !== null && isFiniteForecast(forecast));
    };
    expect(await areFinite(observedValue)).toBe(true);
    expect(await areFinite((number) => number)).toBe(false);
  });

  test('is made every so many grid steps when the definition says so; an evaluation comes with every frame', async () => {
    const rare = { ...definition, every: 3 };
    const frames = walks(5, 60);
    const results = await run(new RollingOrigin(rare, cold, cold), frames, () => 60);
    results.forEach(({ forecast, evaluation }, index) => {
      expect(forecast !== null).toBe((frames[index]?.gridIndex ?? 0) % 3 === 0);
      expect(evaluation.leads).toEqual([1, 2, 4, 5]);
    });
  });
});
