import { describe, expect, test } from 'vitest';
import { describeIssues } from './issues.js';
import { conflictingFields, defaultSeason, StreamDefinition } from './stream-definition.js';

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

  test('is the same after being stored and read again', () => {
    const once = StreamDefinition.parse({ ...minimal, season: null, lateness: '5s' });
    expect(StreamDefinition.parse(JSON.parse(JSON.stringify(once)))).toEqual(once);
  });

  test.each([
    ['a channel twice', { channels: [{ name: 'a' }, { name: 'a' }] }, /"a" is defined twice/],
    ['min above max', { channels: [{ name: 'a', min: 2, max: 1 }] }, /min must be below max/],
    ['a frequency of nothing', { frequency: '0s' }, /longer than 0/],
    ['a duration in words', { frequency: 'hourly' }, /write a duration like/],
    ['a key that does not exist', { horizn: 3 }, /horizn/],
    ['too little left for training', { retraining: { validation: 0.4, heldBack: 0.3 } }, /less than 40 %/],
    ['an expiry inside the lookback', { expireAfter: '1h' }, /at least the lookback \(4d\)/],
    ['a gap below the pace of forecasts', { every: 10, maxGap: 5 }, /below every/],
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
      'channels',
    ]);
  });
});
