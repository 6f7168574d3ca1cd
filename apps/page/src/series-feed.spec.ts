import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { type Forecast, type RecentView } from '#contracts';
import { Problem } from './api.js';
import { HeldClock } from './testing/held-clock.js';
import { type Picture, SeriesFeed } from './series-feed.js';

const FREQUENCY = 1_000;
const iso = (step: number) => new Date(step * FREQUENCY).toISOString();
const forecastAt = (step: number): Forecast => ({
  stream: 's',
  series: 'x',
  origin: iso(step),
  frequencyMs: FREQUENCY,
  horizon: 1,
  model: { kind: 'kalman', version: 'kalman-0' },
  warmingUp: null,
  unobserved: [],
  channels: { a: { point: [1], quantiles: { '0.05': [0], '0.95': [2] } } },
});
const recentUpTo = (step: number): RecentView => ({
  from: iso(0),
  frequencyMs: FREQUENCY,
  values: { a: Array.from({ length: step + 1 }, () => 1) },
});

let clock: HeldClock;
let pictures: { at: number; picture: Picture }[];
let problems: (string | null)[];
let asked: number[];
let recent: () => Promise<RecentView>;
let latest: () => Promise<Forecast>;
let feed: SeriesFeed;

beforeEach(() => {
  clock = new HeldClock();
  pictures = [];
  problems = [];
  asked = [];
  recent = async () => recentUpTo(10);
  latest = async () => forecastAt(10);
  feed = new SeriesFeed(
    {
      recent: () => {
        asked.push(clock.now);
        return recent();
      },
      forecast: () => latest(),
    },
    {
      picture: (picture) => pictures.push({ at: clock.now, picture }),
      problem: (sentence) => problems.push(sentence),
    },
    clock,
  );
});

const originShown = () => pictures.at(-1)?.picture.forecast?.origin;

describe('the feed of a series', () => {
  test('shows the latest forecast with the values up to it', async () => {
    await feed.refresh();
    await clock.move(2_000);
    expect(originShown()).toBe(iso(10));
  });

  test('keeps a newer forecast back until the values reach it', async () => {
    await feed.refresh();
    await clock.move(2_000);
    let answer: (view: RecentView) => void = () => {};
    recent = () => new Promise((resolve) => (answer = resolve));
    feed.take(forecastAt(11));
    await clock.move(500);
    expect(originShown()).toBe(iso(10));
    answer(recentUpTo(11));
    await clock.move(500);
    expect(originShown()).toBe(iso(11));
  });

  test('in any storm of forecasts: four pictures and one request a second, nothing shown without its values, the last one shown', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ wait: fc.integer({ min: 0, max: 600 }), steps: fc.integer({ min: 1, max: 50 }) }),
          {
            minLength: 1,
            maxLength: 40,
          },
        ),
        // The service may hold newer values than the forecasts that have come so far.
        fc.integer({ min: 0, max: 100 }),
        async (storm, ahead) => {
          const timers = new HeldClock();
          const drawn: { at: number; picture: Picture }[] = [];
          const requests: number[] = [];
          let step = 10;
          const busy = new SeriesFeed(
            {
              recent: async () => {
                requests.push(timers.now);
                return recentUpTo(step + ahead);
              },
              forecast: async () => forecastAt(step),
            },
            { picture: (picture) => drawn.push({ at: timers.now, picture }), problem: () => {} },
            timers,
          );
          await busy.refresh();
          for (const { wait, steps } of storm) {
            await timers.move(wait);
            step += steps;
            busy.take(forecastAt(step));
          }
          await timers.move(5_000);
          expect(drawn.every(({ at }, k) => k === 0 || at - drawn[k - 1]!.at >= 250)).toBe(true);
          // The first two belong to the refresh.
          expect(requests.slice(2).every((at, k) => at - requests[k + 1]! >= 1_000)).toBe(true);
          for (const { picture } of drawn) {
            if (picture.forecast === null || picture.observed === null) continue;
            const newest = (picture.observed.values['a']!.length - 1) * FREQUENCY;
            expect(newest).toBeGreaterThanOrEqual(Date.parse(picture.forecast.origin));
          }
          expect(drawn.at(-1)!.picture.forecast!.origin).toBe(iso(step));
        },
      ),
      { numRuns: 100 },
    );
  });

  test('an older forecast is no news', async () => {
    await feed.refresh();
    feed.take(forecastAt(3));
    await clock.move(5_000);
    expect(originShown()).toBe(iso(10));
  });

  test('no forecast yet is a state, anything else a problem, and its end is said', async () => {
    latest = () => Promise.reject(new Problem(404, 'NO_SUCH_SERIES', 'none yet'));
    await feed.refresh();
    expect(problems.filter((problem) => problem !== null)).toEqual([]);
    recent = () => Promise.reject(new Problem(503, 'RELEASED', 'given up'));
    await feed.refresh();
    expect(problems).toContain('given up');
    recent = async () => recentUpTo(10);
    await feed.refresh();
    expect(problems.at(-1)).toBeNull();
  });

  test('where the values do not come, forecasts are shown without them', async () => {
    await feed.refresh();
    recent = () => Promise.reject(new Problem(503, 'RELEASED', 'given up'));
    feed.take(forecastAt(12));
    await clock.move(5_000);
    expect(originShown()).toBe(iso(12));
  });

  test('ended, it says nothing more', async () => {
    await feed.refresh();
    feed.end();
    const before = pictures.length;
    feed.take(forecastAt(12));
    await clock.move(5_000);
    expect(pictures.length).toBe(before);
  });
});
