import { StreamDefinition } from '#contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HistoryBuilder, lastEnd, observedSteps, runAt, splitByTime } from './history.js';
import { framesBetween } from './judge.js';

const definition = StreamDefinition.parse({
  stream: 's',
  frequency: '1h',
  channels: [{ name: 'a' }, { name: 'b' }],
  maxGap: 50,
});
const frame = (series: string, hour: number, a: number | null, b: number | null = null) => ({
  stream: 's',
  series,
  time: new Date(hour * 3_600_000).toISOString(),
  values: { a, b },
});
const build = (frames: ReturnType<typeof frame>[], maxSteps: number | null = null, maxGap = 50) => {
  const builder = new HistoryBuilder({ ...definition, maxGap }, maxSteps);
  frames.forEach((one) => builder.add(one));
  return builder.build();
};
const runsOf = (...given: Parameters<typeof build>) => build(...given).series[0]?.runs ?? [];

describe('a history', () => {
  test('lays frames on the grid and says NaN for steps and channels that were not observed', () => {
    const history = build([frame('x', 10, 1), frame('x', 12, null, 5)]);
    expect(history.frames).toBe(2);
    expect(history.series).toEqual([
      {
        series: 'x',
        runs: [
          {
            firstGridIndex: 10,
            steps: 3,
            values: [Float64Array.of(1, NaN, NaN), Float64Array.of(NaN, NaN, 5)],
          },
        ],
      },
    ]);
  });

  test('takes for not observed what nobody can calculate with', () => {
    const values = [1e30, -1e30, 1e31, -Number.MAX_VALUE];
    const [run] = runsOf(values.map((value, hour) => frame('x', hour, value, 1)));
    expect([...(run?.values[0] ?? [])]).toEqual([1e30, -1e30, NaN, NaN]);
  });

  test('does not depend on how series are interleaved', () => {
    const one = [frame('x', 1, 1), frame('x', 2, 2), frame('y', 1, 3)];
    const other = [frame('y', 1, 3), frame('x', 1, 1), frame('x', 2, 2)];
    expect(build(one)).toEqual(build(other));
  });

  test('refuses a frame that goes back in time', () => {
    expect(() => build([frame('x', 2, 1), frame('x', 2, 1)])).toThrow(/out of order/);
  });

  test('keeps the newest steps only when asked, and grows beyond its first capacity', () => {
    const frames = Array.from({ length: 3000 }, (_, hour) => frame('x', hour, hour));
    expect(runsOf(frames, 5)).toEqual([
      {
        firstGridIndex: 2995,
        steps: 5,
        values: [Float64Array.of(2995, 2996, 2997, 2998, 2999), new Float64Array(5).fill(NaN)],
      },
    ]);
    expect(runsOf(frames)[0]?.values[0]).toEqual(Float64Array.from({ length: 3000 }, (_, hour) => hour));
  });

  test('bounded by so many steps is the end of the whole history, however it is cut into runs', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 120 }),
        fc.integer({ min: 1, max: 60 }),
        (steps, maxSteps) => {
          let hour = 0;
          const frames = steps.map((step) => frame('x', (hour += step), hour));
          const kept = build(frames, maxSteps, 4);
          const newest = framesBetween(build(frames, null, 4), hour - maxSteps + 1, hour + 1);
          expect(framesBetween(kept, 0, hour + 1)).toEqual(newest);
          expect(kept.frames).toBe(newest.length);
          expect(kept.series[0]?.runs.every((run) => run.steps > 0)).toBe(true);
        },
      ),
    );
  });

  test('spends nothing on a gap: a clock that stood at 1970 costs two runs', () => {
    const before = process.memoryUsage().arrayBuffers;
    const runs = runsOf([frame('x', 0, 1), frame('x', 500_000_000, 2)]);
    expect(runs.map(({ firstGridIndex, steps }) => [firstGridIndex, steps])).toEqual([
      [0, 1],
      [500_000_000, 1],
    ]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e6);
  });
});

test.each([
  [2, [[0, 1, 4], [8]]],
  [1, [[0, 1], [4], [8]]],
  [3, [[0, 1, 4, 8]]],
])('a series begins anew where more than %d steps have no frame', (maxGap, expected) => {
  const [series] = build(
    [0, 1, 4, 8].map((hour) => frame('x', hour, 1)),
    null,
    maxGap,
  ).series;
  if (series === undefined) throw new Error('no series');
  expect(series.runs.map(observedSteps)).toEqual(expected);
  for (let hour = -1; hour < 10; hour++) {
    const holding = expected.findIndex((run) => hour >= (run[0] ?? NaN) && hour <= (run.at(-1) ?? NaN));
    expect(runAt(series, hour)).toBe(series.runs[holding] ?? null);
  }
});

test('the newest frame of more series than a call has arguments is found', () => {
  const runs = runsOf([frame('x', 10, 1), frame('x', 12, 1)]);
  const series = Array.from({ length: 130_000 }, () => ({ series: 'x', runs }));
  expect(lastEnd({ definition, series, frames: 0 })).toBe(13);
});

test('splits cut by time over all series, so that the newest share of the frames is held back', () => {
  const history = build([
    ...Array.from({ length: 100 }, (_, hour) => frame('x', hour, 1)),
    ...Array.from({ length: 100 }, (_, hour) => frame('y', hour + 50, 1)),
  ]);
  const splits = splitByTime(history, 0.2, 0.2);
  const count = (from: number, to: number) => framesBetween(history, from, to).length;
  expect(count(splits.heldBack, 1_000)).toBeCloseTo(40, -0.5);
  expect(count(splits.validation, splits.heldBack)).toBeCloseTo(40, -0.5);
});
