import { StreamDefinition } from '#contracts';
import { describe, expect, test } from 'vitest';
import { HistoryBuilder, runsOf, splitByTime } from './history.js';

const definition = StreamDefinition.parse({
  stream: 's',
  frequency: '1h',
  channels: [{ name: 'a' }, { name: 'b' }],
});
const frame = (series: string, hour: number, a: number | null, b: number | null = null) => ({
  stream: 's',
  series,
  time: new Date(hour * 3_600_000).toISOString(),
  values: { a, b },
});
const build = (frames: ReturnType<typeof frame>[], maxSteps: number | null = null) => {
  const builder = new HistoryBuilder(definition);
  frames.forEach((one) => builder.add(one));
  return builder.build(maxSteps);
};

describe('a history', () => {
  test('lays frames on the grid and says NaN for steps and channels that were not observed', () => {
    const history = build([frame('x', 10, 1), frame('x', 12, null, 5)]);
    expect(history.series).toHaveLength(1);
    expect(history.series[0]).toMatchObject({ firstGridIndex: 10, steps: 3, frames: 2 });
    expect(history.series[0]?.values.map((column) => [...column])).toEqual([
      [1, NaN, NaN],
      [NaN, NaN, 5],
    ]);
  });

  test('takes for not observed what nobody can calculate with', () => {
    const values = [1e30, -1e30, 1e31, -Number.MAX_VALUE];
    const history = build(values.map((value, hour) => frame('x', hour, value, 1)));
    expect([...(history.series[0]?.values[0] ?? [])]).toEqual([1e30, -1e30, NaN, NaN]);
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
    const kept = build(frames, 5).series[0];
    expect(kept).toMatchObject({ firstGridIndex: 2995, steps: 5, frames: 5 });
    expect([...(kept?.values[0] ?? [])]).toEqual([2995, 2996, 2997, 2998, 2999]);
  });
});

test.each([
  [
    2,
    [
      { from: 0, to: 5 },
      { from: 8, to: 9 },
    ],
  ],
  [
    1,
    [
      { from: 0, to: 2 },
      { from: 4, to: 5 },
      { from: 8, to: 9 },
    ],
  ],
  [3, [{ from: 0, to: 9 }]],
])('runs end where more than %d steps have no frame', (maxGap, runs) => {
  const series = build([0, 1, 4, 8].map((hour) => frame('x', hour, 1))).series[0];
  if (series === undefined) throw new Error('no series');
  expect(runsOf(series, maxGap)).toEqual(runs);
});

test('splits cut by time over all series, so that the newest share of the frames is held back', () => {
  const history = build([
    ...Array.from({ length: 100 }, (_, hour) => frame('x', hour, 1)),
    ...Array.from({ length: 100 }, (_, hour) => frame('y', hour + 50, 1)),
  ]);
  const splits = splitByTime(history, 0.2, 0.2);
  const count = (from: number, to: number) =>
    history.series.reduce(
      (sum, one) =>
        sum + Math.max(0, Math.min(to, one.firstGridIndex + one.steps) - Math.max(from, one.firstGridIndex)),
      0,
    );
  expect(count(splits.heldBack, 1e9)).toBeCloseTo(40, -0.5);
  expect(count(splits.validation, splits.heldBack)).toBeCloseTo(40, -0.5);
});
