import { describe, expect, test } from 'vitest';
import { formatTime, type SeriesView } from '#contracts';
import type { TimedReading } from '../replay/timed-readings.js';
import { DEFINITION } from '../testing/fake-rollcast.js';
import { caughtUp, newestFrames } from './caught-up.js';
import { problemOf } from './make-report.js';
import { recordedContext } from '../testing/recorded-console.js';
import { demoData } from './data.js';
import { Phases } from './phases.js';
import { scoreTable } from '../terminal/score-table.js';
import { trickleSpeed } from './train-meanwhile.js';

const HOUR = 3_600_000;
const at = (series: string, hour: number, celsius: number | null = 20): TimedReading => ({
  time: hour * HOUR,
  reading: { stream: 'weather', series, time: formatTime(hour * HOUR), values: { celsius, hpa: null } },
});
const never = new AbortController().signal;

describe('the newest frame to wait for', () => {
  test('is the newest closed step in which something plausible was observed', () => {
    const sent = [at('A', 1), at('B', 1), at('A', 2, 99), at('A', 3, null), at('A', 4), at('B', 4)];
    // A: 4 is open, 3 and 2 hold nothing plausible. B: 4 is open.
    expect(newestFrames(DEFINITION, sent)).toEqual(
      new Map([
        ['B', HOUR],
        ['A', HOUR],
      ]),
    );
  });

  test('a tick closes the last step, a lateness keeps steps open', () => {
    const tick: TimedReading = {
      time: 5 * HOUR,
      reading: { stream: 'weather', series: 'A', time: formatTime(5 * HOUR) },
    };
    const sent = [at('A', 3), at('A', 4), tick];
    expect(newestFrames(DEFINITION, sent).get('A')).toBe(4 * HOUR);
    expect(newestFrames({ ...DEFINITION, lateness: '1h' }, sent).get('A')).toBe(3 * HOUR);
  });
});

describe('catching up', () => {
  const frames = (hour: number): Pick<SeriesView, 'series' | 'lastFrame'>[] => [
    { series: 'A', lastFrame: formatTime(hour * HOUR) },
    { series: 'other', lastFrame: formatTime(0) },
  ];
  const sent = [at('A', 0), at('A', 10), at('A', 11)];

  test('ends with the newest frame, and tells how far it is', async () => {
    let hour = 4;
    const told: [number, string][] = [];
    const list = { series: async () => frames(++hour) };
    await caughtUp(list, DEFINITION, sent, {
      signal: never,
      pollMs: 1,
      onProgress: (share, oldest) => told.push([share, oldest]),
    });
    expect(hour).toBe(10);
    expect(told[0]).toEqual([0.5, formatTime(5 * HOUR)]);
  });

  test('fails where it stands when nothing moves', async () => {
    const list = { series: async () => frames(5) };
    const waiting = caughtUp(list, DEFINITION, sent, {
      signal: never,
      pollMs: 1,
      stallMs: 20,
      onProgress: () => undefined,
    });
    await expect(waiting).rejects.toThrow('the forecasts stand at 1970-01-01T05:00:00.000Z');
  });
});

test('a trickle is a step a second, or slow enough for the training of a short file', () => {
  const next = at('A', 0);
  expect(trickleSpeed({ next }, DEFINITION, 2_000 * HOUR)).toBe(3_600);
  expect(trickleSpeed({ next }, DEFINITION, 180 * HOUR)).toBe(1_800);
  expect(trickleSpeed({ next: undefined }, DEFINITION, 0)).toBeGreaterThan(0);
});

test('phases are timed in the order of their end; one that fails is none', async () => {
  let now = 0;
  const phases = new Phases(() => now);
  await phases.run('start', async () => void (now += 1_500));
  await expect(phases.run('break', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(phases.ended).toEqual([{ name: 'start', seconds: 1.5 }]);
  expect(phases.totalSeconds).toBe(1.5);
});

test('the table has a line a model and fits eighty columns', () => {
  const row = { name: 'seasonal-naive', mae: 0.71, mse: 1.02, skill: 0, coverage: 0.9, origins: 1_234 };
  const lines = scoreTable([row, { ...row, name: 'as served', skill: null }], 80);
  expect(lines).toEqual([
    'model             MAE    MSE  skill  in 90 %  origins',
    'seasonal-naive  0.710  1.020  0.0 %   90.0 %    1,234',
    'as served       0.710  1.020      -   90.0 %    1,234',
  ]);
});

describe('what the demo fails with', () => {
  const score = { mae: 0.4, coverage: 0.9, truths: 10 };
  const fine = {
    champion: 'kalman-1',
    differences: { altered: 0, missing: 0, doubled: 0, first: null },
    judged: { byEvaluations: score, byForecasts: { ...score, mae: 0.4 + 1e-12 } },
  };

  test('is nothing, where what was served is what the loop makes', () => {
    expect(problemOf(fine)).toBeNull();
  });

  test('names the first forecast that differs, and counts them all', () => {
    const differences = { altered: 1_000, missing: 2, doubled: 0, first: 'w/EWR 2013 was published twice' };
    expect(problemOf({ ...fine, differences })).toBe(
      'what was served is not the row of kalman-1: 1,000 forecasts differ, 2 are missing, 0 came twice; the first: w/EWR 2013 was published twice',
    );
  });

  test.each([{ mae: 0.41 }, { coverage: 0.91 }, { truths: 9 }])(
    'says what evaluations say of %j',
    (change) => {
      const byEvaluations = { ...score, ...change };
      expect(problemOf({ ...fine, judged: { ...fine.judged, byEvaluations } })).toContain(
        `evaluations are not what forecasts and frames say: ${JSON.stringify(byEvaluations)}`,
      );
    },
  );
});

test("what is said of columns is about a file of one's own, and refused without one", async () => {
  const said = { time: 'when', tz: 'Europe/Berlin' };
  const { hints } = await demoData(recordedContext(), 'tide.csv', 'weather', said);
  expect(hints).toMatchObject({ stream: 'tide', definition: { horizon: 24 }, ...said });
  await expect(demoData(recordedContext(), undefined, 'weather', said)).rejects.toThrow(
    /--time is for a file of your own: name it with --csv/,
  );
});
