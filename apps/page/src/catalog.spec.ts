import { describe, expect, test } from 'vitest';
import { type Forecast, type SeriesView, type StreamView } from '#contracts';
import { effectiveChoice, filtered, longestSteps, withForecast } from './catalog.js';

const stream = (name: string) => ({ definition: { stream: name } }) as StreamView;
const series = (...names: string[]) => names.map((name) => ({ series: name }) as SeriesView);
const catalog = [
  { stream: stream('empty'), series: [] },
  { stream: stream('weather'), series: series('EWR', 'JFK') },
];

describe('the choice', () => {
  test.each([
    [null, { stream: 'weather', series: 'EWR' }],
    [
      { stream: 'weather', series: 'JFK' },
      { stream: 'weather', series: 'JFK' },
    ],
    [
      { stream: 'weather', series: null },
      { stream: 'weather', series: 'EWR' },
    ],
    [
      { stream: 'weather', series: 'not yet' },
      { stream: 'weather', series: 'not yet' },
    ],
    [
      { stream: 'empty', series: null },
      { stream: 'empty', series: null },
    ],
    [
      { stream: 'gone', series: 'x' },
      { stream: 'weather', series: 'EWR' },
    ],
  ])('%j means %j', (chosen, meant) => {
    expect(effectiveChoice(catalog, chosen)).toEqual(meant);
  });

  test('is a stream where there are no series, and nothing where there is no stream', () => {
    expect(effectiveChoice(catalog.slice(0, 1), null)).toEqual({ stream: 'empty', series: null });
    expect(effectiveChoice([], { stream: 'x', series: 'y' })).toBeNull();
  });
});

test('a filter finds parts of names in any case and says how many it left out', () => {
  const entry = { stream: stream('s'), series: series('Hall 1', 'hall 2', 'Hall 3', 'yard') };
  expect(filtered(entry, ' HALL', 2)).toEqual({ shown: series('Hall 1', 'hall 2'), left: 1 });
  expect(filtered(entry, '', 10).left).toBe(0);
});

test('a stream is as long as its longest series', () => {
  const long = (...steps: number[]) => ({
    stream: stream('s'),
    series: steps.map((n) => ({ steps: n }) as SeriesView),
  });
  expect(longestSteps(long(3, 8, 5))).toBe(8);
  expect(longestSteps(long())).toBe(0);
});

test('of a series the newer of list and forecast counts', () => {
  const listed: SeriesView = {
    series: 'EWR',
    lastFrame: '2013-01-01T02:00:00Z',
    steps: 3,
    model: { kind: 'kalman', version: 'kalman-0' },
    warmingUp: null,
  };
  const forecast = (origin: string) =>
    ({ origin, model: { kind: 'ridge', version: 'ridge-1' }, warmingUp: null }) as Forecast;
  expect(withForecast(listed, forecast('2013-01-01T01:00:00Z'))).toBe(listed);
  expect(withForecast(listed, forecast('2013-01-01T03:00:00Z'))).toEqual({
    ...listed,
    lastFrame: '2013-01-01T03:00:00Z',
    model: { kind: 'ridge', version: 'ridge-1' },
  });
});
