import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { durationMs, formatDuration } from './duration.js';
import { ERRORS, RollcastError } from './errors.js';
import { judgedLeads } from './evaluation.js';
import { parseSeriesKey, seriesKey, SeriesName } from './names.js';
import { roundTo } from './rounding.js';
import { ownerOf } from './routes.js';
import { EventTime, formatTime } from './time.js';
import { TOPICS } from './topics.js';

test('a key gives back its stream and series, even where the series holds slashes', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,20}$/),
      fc.string({ minLength: 1 }),
      (stream, series) => {
        expect(parseSeriesKey(seriesKey(stream, series))).toEqual({ stream, series });
      },
    ),
  );
  for (const bad of ['', '/', 'a/', '/b', 'plain']) expect(parseSeriesKey(bad)).toBeNull();
});

test('a name that is taken comes back from the bytes of its key and out of a path, so each series has its own', () => {
  const anyText = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
  const anyUnits = fc
    .array(fc.oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.integer({ min: 0xd7f0, max: 0xe00f })), {
      minLength: 1,
      maxLength: 5,
    })
    .map((units) => String.fromCharCode(...units));
  const anyDots = fc.string({ unit: fc.constantFrom('.', '/', 'a'), minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(fc.oneof(anyText, anyUnits, anyDots), (series) => {
      const path = `/series/${series}/forecast`;
      const leadsOut = series === '.' || path.includes('/..') || path.includes('../');
      const back = Buffer.from(seriesKey('s', series)).toString();
      const isPrintable = !/\p{Cc}/u.test(series);
      const isTaken = isPrintable && !leadsOut && back === seriesKey('s', series);
      expect(SeriesName.safeParse(series).success).toBe(isTaken);
    }),
    { numRuns: 2_000 },
  );
});

test('rounding is idempotent, near its input and never minus zero', () => {
  const value = fc.double({ noNaN: true, min: -1e12, max: 1e12 });
  fc.assert(
    fc.property(value, fc.integer({ min: 0, max: 9 }), (number, decimals) => {
      const rounded = roundTo(number, decimals);
      expect(roundTo(rounded, decimals)).toBe(rounded);
      expect(Object.is(rounded, -0)).toBe(false);
      expect(Math.abs(rounded - number)).toBeLessThanOrEqual(
        0.5 * 10 ** -decimals + Math.abs(number) * 1e-15,
      );
    }),
  );
  expect(roundTo(-0.0001, 3)).toBe(0);
});

test('durations are written as briefly as they can be and read back', () => {
  expect([90_000, 86_400_000, 1_500, 0].map(formatDuration)).toEqual(['90s', '1d', '1500ms', '0ms']);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 ** 12 - 1 }), (ms) => durationMs(formatDuration(ms)) === ms),
  );
});

test('a time is an event time as ISO text where it is one in milliseconds, from 1900 to 2200', () => {
  const edges = [
    Date.UTC(1900, 0, 1) - 1,
    Date.UTC(1900, 0, 1),
    Date.UTC(2200, 0, 1),
    Date.UTC(2200, 0, 1) + 1,
  ];
  const fits = (time: number | string) => EventTime.safeParse(time).success;
  expect(edges.map(fits)).toEqual([false, true, true, false]);
  const anyTime = fc.integer({ min: Date.UTC(1, 0, 1), max: Date.UTC(9999, 0, 1) });
  fc.assert(
    fc.property(fc.oneof(fc.constantFrom(...edges), anyTime), (ms) => {
      expect(fits(formatTime(ms))).toBe(fits(ms));
    }),
  );
});

test.each([
  [1, [1]],
  [2, [1, 2]],
  [24, [1, 2, 4, 8, 16, 24]],
  [96, [1, 2, 4, 8, 16, 32, 64, 96]],
])('horizon %d is judged at leads %j', (horizon, leads) => {
  expect(judgedLeads(horizon)).toEqual(leads);
});

describe('the table of topics', () => {
  test('names every topic once, each with a writer, a reader and the time stamp of the log', () => {
    expect(new Set(TOPICS.map((topic) => topic.name)).size).toBe(TOPICS.length);
    for (const topic of TOPICS) {
      expect(topic.writers.length).toBeGreaterThan(0);
      expect(topic.readers.length).toBeGreaterThan(0);
      expect(topic.configs['message.timestamp.type']).toBe('LogAppendTime');
    }
  });
});

describe('the registry of errors', () => {
  test('fills every place of a message, so that nobody reads a name in braces', () => {
    for (const [code, entry] of Object.entries(ERRORS)) {
      const places = [...entry.message.matchAll(/\{(\w+)\}/g)].map((match) => [match[1], 'x']);
      const error = new RollcastError(
        code as keyof typeof ERRORS,
        Object.fromEntries(places) as Record<string, string>,
      );
      expect(error.message).not.toMatch(/[{}]/);
      expect(error.fate).toBe(entry.fate);
      expect('status' in entry).toBe(entry.fate !== 'dead-letter');
    }
  });
});

test.each([
  ['/v1/streams', 'ingest'],
  ['/v1/streams/weather', 'ingest'],
  ['/v1/streams/weather/readings', 'ingest'],
  ['/v1/streams/weather/training-jobs', 'trainer'],
  ['/v1/streams/weather/training-jobs/7', 'trainer'],
  ['/v1/streams/weather/models/cmamba-1/use', 'trainer'],
  ['/v1/streams/weather/series/EWR/forecast', 'predictor'],
  ['/v1/forecasts/events', 'predictor'],
  ['/board/queue/training', 'trainer'],
  ['/', 'predictor'],
  ['/assets/page.js', 'predictor'],
])('%s is answered by %s', (path, service) => {
  expect(ownerOf(path)).toBe(service);
});

test('docs/errors.md explains exactly the codes of the registry, with the HTTP status of those that have one', () => {
  const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
  const documented = [...page.matchAll(/^\| `(\w+)` \|(?: (\d+) \|)?/gm)].map(([, code, status]) => [
    code,
    status === undefined ? undefined : Number(status),
  ]);
  const registered = Object.entries(ERRORS).map(([code, entry]) => [
    code,
    'status' in entry ? entry.status : undefined,
  ]);
  expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(registered));
  expect(documented).toHaveLength(registered.length);
});
