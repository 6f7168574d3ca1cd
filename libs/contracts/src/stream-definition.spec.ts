import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { durationMs, formatDuration } from './duration.js';
import { describeIssues } from './issues.js';
import {
  conflictingFields,
  defaultSeason,
  StreamDefinition,
  StreamDefinitionInput,
} from './stream-definition.js';

const minimal = { stream: 'weather', channels: [{ name: 'temperature' }], frequency: '1h' };

describe('a stream definition', () => {
  test('is filled with defaults from its frequency and lookback', () => {
    const definition = StreamDefinition.parse(minimal);
    expect(definition).toMatchObject({
      lookback: 96,
      horizon: 24,
      season: 24,
      lateness: '0s',
      maxGap: 96,
      every: 1,
    });
    expect(definition.channels[0]).toEqual({ name: 'temperature', decimals: 3, aggregate: 'mean' });
    expect(definition.model).toEqual({ size: 'small', memory: 48 });
    expect(definition.retraining.schedule).toBeNull();
  });

  const steps = (min: number, max: number) => fc.option(fc.integer({ min, max }), { nil: undefined });
  const duration = (...written: string[]) => fc.option(fc.constantFrom(...written), { nil: undefined });
  const frequency = fc
    .oneof(
      fc.constantFrom('1ms', '999ms', '5s', '5m', '15m', '1h', '8h', '12h', '1d', '7d', '31d'),
      fc.integer({ min: 1, max: 999_999_999 }).map((ms) => `${ms}ms`),
    )
    .filter((written) => durationMs(written) <= durationMs('31d'));

  test('never refuses a default: whatever is left out fits what was said', () => {
    fc.assert(
      fc.property(
        frequency,
        steps(8, 2_000),
        steps(1, 1_000),
        steps(1, 10_000),
        (frequency, lookback, horizon, every) => {
          const definition = StreamDefinition.parse({ ...minimal, frequency, lookback, horizon, every });
          expect(durationMs(definition.expireAfter)).toBeGreaterThanOrEqual(
            2 * definition.lookback * durationMs(frequency),
          );
        },
      ),
    );
  });

  test('is the same after being stored and read again, and may be sent as it was read', () => {
    fc.assert(
      fc.property(
        fc.record({
          frequency,
          lookback: steps(8, 2_000),
          horizon: steps(1, 1_000),
          every: steps(1, 10_000),
          season: fc.oneof(steps(2, 2_000), fc.constant(null)),
          maxGap: steps(1, 100_000),
          expireAfter: duration('1h', '30d', '366000d'),
          lateness: duration('0s', '90m', '3660d'),
        }),
        (change) => {
          const once = StreamDefinition.safeParse({ ...minimal, ...change });
          fc.pre(once.success);
          const stored: unknown = JSON.parse(JSON.stringify(once.data));
          expect(StreamDefinition.parse(stored)).toEqual(once.data);
          expect(StreamDefinitionInput.safeParse(stored).success).toBe(true);
        },
      ),
    );
  });

  test.each([
    ['frequency', '1ms', '31d'],
    ['lateness', '0s', '3660d'],
    ['maxAhead', '0s', '366d'],
    ['expireAfter', '4d', '366000d'],
  ])('takes a %s of %s and of %s, and none beyond', (field, least, most) => {
    const fits = (written: string) => StreamDefinition.safeParse({ ...minimal, [field]: written }).success;
    expect([least, most].map(fits)).toEqual([true, true]);
    const beyond = [durationMs(least) - 1, durationMs(most) + 1].map(formatDuration);
    expect([...beyond, '999999999999d'].map(fits)).toEqual([false, false, false]);
  });

  test.each([
    ['a channel twice', { channels: [{ name: 'a' }, { name: 'a' }] }, /"a" is defined twice/],
    ['min above max', { channels: [{ name: 'a', min: 2, max: 1 }] }, /min must be below max/],
    ['a frequency of nothing', { frequency: '0s' }, /frequency: must be 1ms to 31d/],
    ['a duration in words', { frequency: 'hourly' }, /write a duration like/],
    ['a key that does not exist', { horizn: 3 }, /horizn/],
    ['too little left for training', { retraining: { validation: 0.4, heldBack: 0.3 } }, /less than 40 %/],
    ['an expiry inside the lookback', { expireAfter: '1h' }, /at least the lookback \(4d\)/],
    ['an endless lateness', { lateness: '999999999999d' }, /lateness: must be 0s to 3660d/],
    ['a training each moment', { retraining: { schedule: { every: '1ms' } } }, /every: must be 1s to 366d/],
    ['a training of no time', { retraining: { timeBudget: '0s' } }, /timeBudget: must be 1s to 31d/],
  ])('refuses %s', (_, change, message) => {
    const result = StreamDefinition.safeParse({ ...minimal, ...change });
    expect(result.success ? 'accepted' : describeIssues(result.error)).toMatch(message);
  });

  test.each([
    [3_600_000, 24],
    [300_000, 288],
    [60_000, null],
    [86_400_000, null],
    [5_000, null],
  ])('has a season of a day where it is 2 to 288 steps: %d ms -> %s', (frequency, season) => {
    expect(defaultSeason(frequency)).toBe(season);
  });

  test('keeps what states and frames depend on, and may change policies', () => {
    const before = StreamDefinition.parse(minimal);
    const changed = (change: object) =>
      conflictingFields(before, StreamDefinition.parse({ ...minimal, ...change }));
    expect(changed({ lateness: '10m', every: 2 })).toEqual([]);
    expect(changed({ frequency: '60m' })).toEqual([]);
    expect(changed({ frequency: '30m', horizon: 12, channels: [{ name: 'b' }] })).toEqual([
      'frequency',
      'horizon',
      'season',
      'channels',
    ]);
    // How far back anything may look, and so what is kept of the log, depends on these.
    expect(changed({ season: 12 })).toEqual(['season']);
    expect(changed({ season: null })).toEqual(['season']);
    expect(changed({ model: { memory: 96 } })).toEqual(['model.memory']);
    expect(changed({ model: { size: 'base' } })).toEqual([]);
  });
});
